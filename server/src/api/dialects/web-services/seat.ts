import type { Call } from '../../../call/model/call.ts';
import { chargedOf, ownExtension } from '../../../call/model/charged.ts';
import type { Connection } from '../../../call/model/connection.ts';
import { type Device, isPhoneOf, isSameExtension } from '../../../call/model/device.ts';
import type { UserView } from '../../../directory/directory-views.ts';

/** A call, and one connection of it. */
export interface Line {
  readonly call: Call;
  readonly connection: Connection;
}

/** A connection of one of a user's phones: what the user sees a call from. */
export interface Seat extends Line {
  readonly user: Pick<UserView, 'features' | 'roles'>;
  /** Of the extension whose phone it is. */
  readonly extensionId: string;
  /** The other calls of the same phone, whether they have the same leg or one each. */
  readonly lines: readonly Line[];
}

/** Of a call, as its user sees it. */
export type CallState = 'Ringing' | 'Dialing' | 'Established' | 'Held' | 'Released';

/** The id of the call, to the call model, under which its user knows it: it may have been merged into another. */
export function shownIdOf({ call, connection }: Line): string {
  return connection.original?.callId ?? call.id;
}

/** What it is for the one who sits there, whatever it is for the others: held is who holds, not who is held. */
export function stateOf({ call, connection }: Line): CallState {
  switch (connection.state) {
    case 'hold':
      return 'Held';
    case 'connected':
      return isAnswered(call) || connection.role === 'supervisor' ? 'Established' : 'Dialing';
    case 'initiated':
    case 'alerting':
      return isCaller({ call, connection }) ? 'Dialing' : 'Ringing';
    case 'fail':
    case 'null':
      return 'Released';
  }
}

/**
 * Whether it is there for its user: a phone that is dialled so that somebody can talk to its user is so once it rings,
 * or is answered. It may be one that is never found, or that is not to be disturbed.
 */
export function isSeen(line: Line): boolean {
  return line.connection.state !== 'initiated' || isCaller(line);
}

/** Somebody was reached in it: from then on it is established, whoever comes and goes. */
function isAnswered(call: Call): boolean {
  return call.kind !== 'call' || call.answeredAt !== null;
}

/** Who dials: the phone that called, or one that is called so that it can be connected to what its user dialled. */
export function isCaller({ call, connection }: Line): boolean {
  if (connection.direction === 'incoming') return true;
  if (call.kind === 'call') return call.destination !== null && isOf(connection, call.from);
  if (call.kind === 'access') return true;
  // Who is invited into a conference does not pay for it.
  return isPhoneOf(connection.device, chargedOf(call, connection) ?? '');
}

/** In a scheduled conference of another organization, where one's roles and features at home are nothing. */
export function isGuest({ call, connection }: Line): boolean {
  return call.kind === 'conference' && ownExtension(call, connection.device) === null;
}

/** Whether this device is the phone of the connection. */
export function isOf({ device }: Connection, other: Device | null): boolean {
  return other !== null && isSameExtension(device, other);
}

/** Whether a phone of this extension is in the call. */
export function isIn(call: Call, extensionId: string): boolean {
  for (const { device } of call.connections.values()) {
    if (isPhoneOf(device, extensionId)) return true;
  }
  return false;
}

/**
 * The other parties, the newest first, those of another call that was merged with one's own before those of that: those
 * who have answered; while nobody has, who calls or is called. Who listens or coaches is no party. In a conference
 * where nobody else is, or on the way to one, that is what was dialled; before anybody is dialled, who will be.
 */
export function othersIn({ call, connection }: Line): readonly Device[] {
  const others = [...call.connections.values()].filter(
    ({ id, role, state }) => id !== connection.id && role !== 'supervisor' && state !== 'fail',
  );
  const answered = others.filter(({ answeredAt }) => answeredAt !== null);
  const ringsWithMe = ({ hunt }: Connection) => hunt !== null && hunt === connection.hunt;
  const comes = call.kind === 'conference' && connection.answeredAt === null;
  const parties = answered.length > 0 || comes ? answered : others.filter((one) => !ringsWithMe(one));
  if (parties.length > 0) return newestFirst(parties, connection).map(({ device }) => device);
  const dialled = call.destination?.device ?? dialledIn({ call, connection });
  return dialled === null || isOf(connection, dialled) ? [] : [dialled];
}

function newestFirst(parties: readonly Connection[], { original }: Connection): readonly Connection[] {
  const newest = parties.toReversed().sort((one, other) => (other.partySince ?? 0) - (one.partySince ?? 0));
  if (original === null) return newest;
  const isOld = (one: Connection) => one.original?.callId === original.callId;
  return [...newest.filter((one) => !isOld(one)), ...newest.filter(isOld)];
}

/** What was dialled, whoever is reached by that; null: nobody knows any more. */
export function dialledIn({ call, connection: { original } }: Line): Device | null {
  const { conference, to, organizationId } = call;
  if (original !== null) return original.to;
  if (conference === null) return to;
  const { extensionId, extensionNumber: number, name } = conference;
  return { kind: 'conference', organizationId, extensionId, number, name };
}

/**
 * Of the call that this one was made in to ask somebody, as its user knows it; null: it is none of those, or its user
 * neither asks nor is asked.
 */
export function parentOf({ call, connection }: Line): { readonly callId: string; readonly asks: boolean } | null {
  const { parent, from, to } = connection.original ?? call;
  const callId = connection.parent ?? parent;
  if (callId === null) return null;
  const asks = connection.parent !== null || isOf(connection, from);
  return asks || isOf(connection, to) ? { callId, asks } : null;
}

/**
 * Of a connection that supervises, the party that it was called for, if that is there; also when it takes part by now.
 */
export function supervisedBy({ call, connection }: Line): Connection | null {
  const extensionId = connection.supervises;
  if (extensionId === undefined) return null;
  for (const one of call.connections.values()) {
    if (isPhoneOf(one.device, extensionId) && one.id !== connection.id && one.answeredAt !== null) return one;
  }
  return null;
}

/** It is muted, and somebody has come who supervises it. */
export function isMutedSupervised({ call, connection }: Line): boolean {
  if (!connection.muted) return false;
  for (const one of call.connections.values()) {
    if (one.answeredAt !== null && supervisedBy({ call, connection: one })?.id === connection.id) return true;
  }
  return false;
}

/** Somebody is there whom the parties do not hear. */
export function isListenedTo({ call, connection }: Line): boolean {
  return call.supervisors.some((id) => {
    const supervisor = call.connections.get(id);
    return id !== connection.id && supervisor?.state === 'connected';
  });
}

/** Whether it is there for somebody else’s call. */
export function isSupervisor({ connection }: Pick<Line, 'connection'>): boolean {
  return connection.role === 'supervisor' || connection.supervises !== undefined;
}
