import type { Call } from '../../../../call/model/call.ts';
import { chargedOf, ownExtension } from '../../../../call/model/charged.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { PhoneCallRuntime } from '../deps.ts';

/**
 * A running PhoneCall. Between phones it is the call, and has its id. Of a conference, or on the way to one, it is one
 * leg, and has the leg's id, which stays the same from the invitation to the end.
 */
export interface LivePhoneCall {
  readonly id: string;
  readonly call: Call;
  /** The leg's connection; null for a call between phones. */
  readonly connection: Connection | null;
}

/** The running PhoneCall with this id; null when there is none in this organization. Looks at no other call. */
export function findLive(
  runtime: Pick<PhoneCallRuntime, 'call' | 'refOfLeg'>,
  organizationId: string,
  id: string,
): LivePhoneCall | null {
  const direct = runtime.call(id);
  if (direct !== null) {
    return direct.kind === 'call' && direct.organizationId === organizationId && !direct.ended
      ? { id, call: direct, connection: null }
      : null;
  }
  const ref = runtime.refOfLeg(id);
  const call = ref === null ? null : runtime.call(ref.callId);
  if (ref === null || call === null || call.organizationId !== organizationId || call.ended) return null;
  const connection = call.connections.get(ref.connectionId);
  if (connection === undefined) return null;
  // Transferred out of a conference, a leg is still asked for by the id under which it was made.
  return { id, call, connection: call.kind === 'call' ? null : connection };
}

/** All running PhoneCalls of an organization that involve one of these extensions. Looks at no others. */
export function allLive(
  runtime: Pick<PhoneCallRuntime, 'call' | 'callsOf' | 'connectionsChargedTo' | 'connectionsOf'>,
  organizationId: string,
  extensionIds: ReadonlySet<string>,
): LivePhoneCall[] {
  const found = new Map<string, LivePhoneCall>();
  const add = (call: Call, connection: Connection | null): void => {
    const live = { id: connection?.legId ?? call.id, call, connection };
    if (connection?.moved !== true && involves(live, extensionIds)) found.set(live.id, live);
  };
  for (const extensionId of extensionIds) {
    for (const call of runtime.callsOf(extensionId)) {
      if (call.organizationId !== organizationId) continue;
      if (call.kind === 'call') add(call, null);
      else for (const connection of call.connections.values()) add(call, connection);
    }
    for (const ref of [...runtime.connectionsOf(extensionId), ...runtime.connectionsChargedTo(extensionId)]) {
      const call = runtime.call(ref.callId);
      const connection = call?.connections.get(ref.connectionId);
      if (call === null || connection === undefined || call.organizationId !== organizationId) continue;
      add(call, call.kind === 'call' ? null : connection);
    }
  }
  return [...found.values()];
}

/** The connections that take part; those who listen or whisper are not told of. */
export function partiesOf(call: Call): Connection[] {
  return [...call.connections.values()].filter((connection) => connection.role !== 'supervisor');
}

/** What the request that made it gave it to be known by. */
export function nonceOf({ call, connection }: LivePhoneCall): string | null {
  return connection?.correlator ?? call.correlator;
}

/** The conference extension at the other end of a leg. */
export function conferenceSide(call: Call): { readonly extensionId: string; readonly number: string } | null {
  if (call.conference !== null) {
    return { extensionId: call.conference.extensionId, number: call.conference.extensionNumber };
  }
  return call.to?.kind === 'conference' ? { extensionId: call.to.extensionId, number: call.to.number } : null;
}

/** The id of the extension that is charged. */
export function chargedExtension(live: LivePhoneCall): string | null {
  return chargedOf(live.call, live.connection);
}

/** Whether one of these extensions takes part, is charged, or has parked it. */
export function involves(live: LivePhoneCall, extensionIds: ReadonlySet<string>): boolean {
  const { call, connection } = live;
  const has = (id: string | null): boolean => id !== null && extensionIds.has(id);
  if (has(chargedExtension(live))) return true;
  if (connection !== null) {
    if (has(ownExtension(call, connection.device))) return true;
    return connection.role !== 'supervisor' && has(conferenceSide(call)?.extensionId ?? null);
  }
  if (call.parked !== null && has(ownExtension(call, call.parked.by))) return true;
  for (const party of call.connections.values()) {
    if (party.role !== 'supervisor' && has(ownExtension(call, party.device))) return true;
  }
  return false;
}

/** ms since the epoch. */
export function publishedAt({ call, connection }: LivePhoneCall): number {
  return connection?.startedAt ?? call.enteredAt;
}
