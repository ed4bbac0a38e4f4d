import { AppError } from '../../base/app-error.ts';
import type { Call, Parking } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { dialInto } from '../step/arrival.ts';
import { depart } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { apply, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { ParkCall } from './requests.ts';
import type { Service } from './service.ts';

/** `position`: asked for when all else is right, in the step itself, so that two calls never get the same one. */
interface Input {
  readonly request: ParkCall;
  readonly position: (organizationId: string) => number;
  parked: { readonly organizationId: string; readonly position: number } | null;
}

const shortestMs = 1000;
const longestMs = 24 * 3_600_000;
const notAnswered = refuse('Only an answered party can park the other.');
const notOfTwo = refuse('Only a call of two can be parked.');

/** ParkCall, of the connection that parks: connected, hold → null. */
export const parkCallTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: byKind({ call: go('null', park), access: notOfTwo, conference: notOfTwo }),
  hold: byKind({ call: go('null', park), access: notOfTwo, conference: notOfTwo }),
  fail: notAnswered,
};

/** Gives the place under which the party can be fetched: the smallest that is free in its organization, from 1. */
export const parkCall: Service<ParkCall, { readonly position: number }, Input> = {
  prepare: (request, { takePosition }) => ({ request, position: takePosition, parked: null }),
  calls: ({ request }) => [request.callId],
  step(draft, input) {
    const { request } = input;
    apply(parkCallTable, draft, draft.call(request.callId), request.connectionId, input);
    return { position: input.parked?.position ?? 0 };
  },
  failed({ parked }, { freePosition }) {
    if (parked !== null) freePosition(parked.organizationId, parked.position);
  },
};

function park(draft: Draft, call: Call, connection: Connection, input: Input): void {
  const { maxMs, returnTo } = input.request;
  if (!(maxMs >= shortestMs && maxMs <= longestMs)) {
    throw new AppError('invalidArgument', 'A call is parked for 1 s to 24 h.', { maxMs });
  }
  const parties = call.connections.size - call.supervisors.length;
  if (connection.role === 'supervisor' || parties !== 2 || call.answered !== 2) {
    throw new AppError('invalidState', 'Only one of two who talk can park the other.', { callId: call.id });
  }
  const { now, newId } = draft.context;
  const { organizationId } = call;
  const position = input.position(organizationId);
  // Remembered at once: if nothing comes of the step, it is given back.
  input.parked = { organizationId, position };
  const parked: Parking = {
    position,
    by: connection.device,
    at: now,
    until: now + maxMs,
    returnTo,
    hunt: newId(),
  };
  const after = draft.emit(call.id, 'dataChanged', connection.id, 'normal', { parked });
  depart(draft, after, connection, 'normal');
}

/**
 * A step: nobody has fetched the party in time, so `returnTo` is dialled, together with phones that ring to fetch it
 * already. Does nothing when the call is not, or no longer, parked until then.
 */
export function parkReturn(draft: Draft, callId: string, until: number): void {
  const call = draft.find(callId);
  if (call === null || call.parked?.until !== until) return;
  const { returnTo, hunt } = call.parked;
  draft.emit(call.id, 'dataChanged', null, 'timeout', { parked: null });
  dialInto(draft, call.id, 'participant', returnTo, { hunt });
}
