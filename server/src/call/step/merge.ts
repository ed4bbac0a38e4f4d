import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import { takenOver } from '../model/call-data.ts';
import type { Cause } from '../model/cause.ts';
import { chargedOf } from '../model/charged.ts';
import type { Connection, ConnectionSeed, OriginalCall } from '../model/connection.ts';
import { isSameExtension } from '../model/device.ts';
import type { LegChange } from '../model/events.ts';
import { checkRoom } from './arrival.ts';
import { endCall } from './departure.ts';
import type { Draft } from './draft.ts';
import { moveLeg } from './move-leg.ts';
import { ringsForAnother } from './sent-on.ts';

/** The two calls of the one who merges them, by its connections. */
export interface Merging {
  readonly original: CallRef;
  readonly consult: CallRef;
}

/** As they are to be merged. */
export interface MergingInto extends Merging {
  /** The other way round than was asked for: those of `consult` go on with the call that they had. */
  readonly keepsOriginal: boolean;
}

/** Connections that go over into the original call, their new ids by the old ones. */
export interface Moving {
  readonly call: Call;
  readonly own: Connection;
  /** Those that go over; the rest ends with the consultation. */
  readonly others: readonly Connection[];
  /** Phones that are in the original already: their connections there, which have their legs again. */
  readonly back: readonly string[];
  /** Phones at which the original still waits, and which come into it by the merge: the connections that wait. */
  readonly needless: readonly string[];
  readonly ids: ReadonlyMap<string, string>;
  readonly keepsOriginal: boolean;
}

/** A scheduled conference goes on, whichever of the two was begun for the other: the other call comes into it. */
export function mergingOf(draft: Draft, { original, consult }: Merging): MergingInto {
  const isConference = ({ callId }: CallRef) => draft.find(callId)?.kind === 'conference';
  return isConference(consult) && !isConference(original)
    ? { original: consult, consult: original, keepsOriginal: true }
    : { original, consult, keepsOriginal: false };
}

/** Throws unless the consultation can become part of the original. */
export function checkMerge(draft: Draft, { original, consult, keepsOriginal }: MergingInto): Moving {
  const call = draft.call(consult.callId);
  const into = draft.call(original.callId);
  const own = draft.connection(consult.callId, consult.connectionId);
  const details = { callId: call.id };
  if (call.kind !== 'call' || call.parked !== null || call.destination !== null) {
    throw new AppError('invalidState', 'Only a call of two can be merged into another.', details);
  }
  if (into.kind === 'access' || into.parked !== null || into.destination !== null) {
    throw new AppError('invalidState', 'Nothing can be merged into this call.', { callId: into.id });
  }
  // Who has sent the consultation on keeps it: else the phone that rings in that one's place would come in beside it.
  const goesOver = (one: Connection) =>
    one.id !== own.id && !ringsForAnother(call, one) && mayListenIn(call, into, one);
  const others = [...call.connections.values()].filter(goesOver);
  const parties = others.filter((one) => one.role !== 'supervisor');
  if (parties.every((one) => one.answeredAt === null)) {
    throw new AppError('invalidState', 'The party that is consulted has not answered yet.', details);
  }
  // In a conference one may be alone: whoever is consulted comes into it.
  if (into.kind === 'call' && into.answered < 2) {
    throw new AppError('invalidState', 'Nobody has answered the original call yet.', details);
  }
  // A phone is in a call only once.
  const already = new Map([...into.connections.values()].map((one) => [one.legId, one]));
  const ids = new Map([[own.id, original.connectionId]]);
  const moving: Connection[] = [];
  const back: string[] = [];
  const needless: string[] = [];
  for (const one of others) {
    const there = already.get(one.legId);
    if (there !== undefined && staysThere(one, there)) {
      ids.set(one.id, there.id);
      if (one.state === 'connected') back.push(there.id);
    } else {
      ids.set(one.id, draft.context.newId());
      moving.push(one);
      if (there !== undefined) needless.push(there.id);
    }
  }
  return { call, own, others: moving, back, needless, ids, keepsOriginal };
}

/** Who only supervises has no business in a scheduled conference of another organization. */
function mayListenIn(from: Call, into: Call, { role, device }: Connection): boolean {
  if (role !== 'supervisor' || into.kind !== 'conference') return true;
  const { organizationId } = device.kind === 'external' ? from : device;
  return organizationId === into.organizationId;
}

/** It is in the original as it is, or waits there as it does in the consultation. */
function staysThere(one: Connection, there: Connection): boolean {
  return there.answeredAt !== null || one.answeredAt === null;
}

/** The consultation ends: its parties' legs go on to the original call. Gives who comes in there. */
export function dissolve(draft: Draft, moving: Moving, into: CallRef, cause: Cause): ConnectionSeed[] {
  const { call, own } = moving;
  const seeds = partiesGoOver(draft, moving, into, cause);
  moveLeg(draft, call.id, own, into, cause);
  endCall(draft, draft.call(call.id), cause);
  return seeds;
}

/** The legs of all but the one who merges go on to the original call; the consultation is to be ended then. */
export function partiesGoOver(
  draft: Draft,
  { call, others, ids, keepsOriginal }: Moving,
  { callId, connectionId: invitedBy }: CallRef,
  cause: Cause,
): ConnectionSeed[] {
  return others.map((one) => {
    const seed = moveLeg(draft, call.id, one, { callId, connectionId: ids.get(one.id)! }, cause);
    const known = keepsOriginal ? { original: asKnownTo(call, one) } : {};
    return { ...seed, ...carriedOver(call, one, ids), invitedBy, ...known };
  });
}

/** Those of the consultation come in together, or, where there is no room for all, not at all. */
export function bringIn(
  draft: Draft,
  into: CallRef,
  { call: from, own, back, needless, keepsOriginal }: Moving,
  seeds: readonly ConnectionSeed[],
  cause: Cause,
  leg: LegChange | null = null,
): Call {
  for (const id of needless) draft.emitCleared(draft.call(into.callId), draft.connection(into.callId, id), cause);
  for (const id of back) draft.emit(into.callId, 'retrieved', id, cause, { legHere: true });
  const call = draft.call(into.callId);
  checkRoom(call, ...seeds.map(({ role }) => role));
  const { conference } = call;
  if (conference?.entryTone === true && call.connected > 0 && !call.waiting) {
    draft.effect('before', { do: 'announce', target: { callId: call.id }, items: [{ tone: 'entry' }] });
  }
  const data = takenOver(call.data, from.data);
  const come = {
    fromCall: from.id,
    connections: seeds,
    ...(data === null ? {} : { data }),
    ...(leg === null ? {} : { leg }),
    ...(keepsOriginal ? { original: asKnownTo(from, own) } : {}),
  };
  const merged = draft.emit(call.id, 'conferenced', into.connectionId, cause, come);
  consultFor(draft, merged, from.id, cause);
  return merged;
}

/** Who has consulted somebody for the call that ends consults for the one that it has become part of. */
function consultFor(draft: Draft, into: Call, ended: string, cause: Cause): void {
  const there = [...into.connections.values()];
  for (const { id: callId, parent, from, connections } of draft.running()) {
    if (callId === into.id) continue;
    for (const one of connections.values()) {
      const asks =
        one.parent === null
          ? from !== null && isSameExtension(one.device, from) && parent === ended
          : one.parent === ended;
      const place = asks ? there.find(({ device }) => isSameExtension(device, one.device)) : undefined;
      const known = place?.original?.callId ?? into.id;
      // Its user may know that by the id of the one that has ended.
      if (place === undefined || known === ended) continue;
      draft.emit(callId, 'dataChanged', one.id, cause, { parent: known });
    }
  }
}

/** The call that ends, as one of its parties goes on to know it. */
function asKnownTo({ id, from, to, parent }: Call, one: Connection): OriginalCall {
  return { callId: id, from, to, parent: one.parent ?? parent, startedAt: one.startedAt };
}

/** What `moveLeg` leaves behind, because elsewhere the one who moves begins anew. */
function carriedOver(call: Call, one: Connection, ids: ReadonlyMap<string, string>): Partial<ConnectionSeed> {
  const { muted, deaf, hunt, coach, redirectedBy, redirections } = one;
  const coached = coach === null ? undefined : ids.get(coach);
  const correlator = one.correlator ?? call.correlator;
  return {
    muted,
    deaf,
    hunt,
    // Who had it dialled pays for it, whatever call it goes on in.
    charged: chargedOf(call, one),
    ...(correlator === null ? {} : { correlator }),
    ...(coached === undefined ? {} : { coach: coached }),
    ...(redirectedBy === null ? {} : { redirectedBy }),
    ...(redirections === undefined ? {} : { redirections }),
    ...(one.answeredAt === null ? asItRings(one) : {}),
  };
}

/** A phone that rings is to be had to answer in the other call too, and rings no longer than it would have. */
function asItRings({ answerable, waitsUntil }: Connection): Partial<ConnectionSeed> {
  return {
    ...(answerable === undefined ? {} : { answerable }),
    ...(waitsUntil === null ? {} : { waitsUntil }),
  };
}
