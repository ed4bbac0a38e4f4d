import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';

/**
 * The connections that have one leg, in order of their coming, and the one that the leg serves now (null: none, the leg
 * is idle).
 */
export interface LegPlace {
  readonly refs: readonly CallRef[];
  readonly active: CallRef | null;
}

/** Where a leg is; null: nowhere. */
export type LegLookup = (legId: string) => LegPlace | null;

/** The place of a leg that has come to one connection. */
export function placeAt(ref: CallRef): LegPlace {
  return { refs: [ref], active: ref };
}

/** Where to look for the call of a leg first: where the leg is, else where it was wanted last. */
export function mainRef({ refs, active }: LegPlace): CallRef | null {
  return active ?? refs.at(-1) ?? null;
}

/** The place after a connection has changed. Null when no connection wants the leg any more. */
export function placeAfter(before: LegPlace | null, callId: string, connection: Connection): LegPlace | null {
  const { id, moved, legHere } = connection;
  if (moved) return placeWithout(before, id);
  const ref = { callId, connectionId: id };
  const known = before?.refs.some((other) => sameRef(other, ref)) === true;
  const others = (before?.refs ?? []).filter((other) => other.connectionId !== id);
  const refs = known ? before!.refs : [...others, ref];
  if (legHere) return known && before!.active?.connectionId === id ? before : { refs, active: ref };
  const active = before?.active ?? null;
  return { refs, active: active?.connectionId === id ? null : active };
}

/** The place after a connection has gone. */
export function placeWithout(before: LegPlace | null, connectionId: string): LegPlace | null {
  if (before === null) return null;
  const refs = before.refs.filter((other) => other.connectionId !== connectionId);
  if (refs.length === 0) return null;
  return { refs, active: before.active?.connectionId === connectionId ? null : before.active };
}

/** The places of all legs of some calls. */
export function placesIn(calls: Iterable<Call>): Map<string, LegPlace> {
  const places = new Map<string, LegPlace>();
  for (const call of calls) {
    for (const connection of call.connections.values()) {
      const place = placeAfter(places.get(connection.legId) ?? null, call.id, connection);
      if (place !== null) places.set(connection.legId, place);
    }
  }
  return places;
}

function sameRef(one: CallRef, other: CallRef): boolean {
  return one.connectionId === other.connectionId && one.callId === other.callId;
}
