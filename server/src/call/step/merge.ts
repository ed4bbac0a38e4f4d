import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import { takenOver } from '../model/call-data.ts';
import type { Cause } from '../model/cause.ts';
import { chargedOf } from '../model/charged.ts';
import type { Connection, ConnectionSeed } from '../model/connection.ts';
import { checkRoom } from './arrival.ts';
import { endCall } from './departure.ts';
import type { Draft } from './draft.ts';
import { moveLeg } from './move-leg.ts';

/** The two calls of the one who merges them, by its connections. */
export interface Merging {
  readonly original: CallRef;
  readonly consult: CallRef;
}

/** Connections that go over into the original call, their new ids by the old ones. */
export interface Moving {
  readonly call: Call;
  readonly own: Connection;
  readonly others: readonly Connection[];
  readonly ids: ReadonlyMap<string, string>;
}

/** Throws unless the consultation can become part of the original. */
export function checkMerge(draft: Draft, { original, consult }: Merging): Moving {
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
  const others = [...call.connections.values()].filter((one) => one.id !== own.id);
  const parties = others.filter((one) => one.role !== 'supervisor');
  if (parties.every((one) => one.answeredAt === null)) {
    throw new AppError('invalidState', 'The party that is consulted has not answered yet.', details);
  }
  if (into.answered < 2) throw new AppError('invalidState', 'Nobody has answered the original call yet.', details);
  const ids = new Map(others.map((one) => [one.id, draft.context.newId()]));
  ids.set(own.id, original.connectionId);
  return { call, own, others, ids };
}

/** The consultation ends: its parties' legs go on to the original call. Gives who comes in there. */
export function dissolve(
  draft: Draft,
  { call, own, others, ids }: Moving,
  into: CallRef,
  cause: Cause,
): ConnectionSeed[] {
  const { callId } = into;
  const seeds = others.map((one) => {
    const seed = moveLeg(draft, call.id, one, { callId, connectionId: ids.get(one.id)! }, cause);
    return { ...seed, ...carriedOver(call, one, ids) };
  });
  moveLeg(draft, call.id, own, into, cause);
  endCall(draft, draft.call(call.id), cause);
  return seeds;
}

/** They come in together, or, where there is no room for all, not at all. */
export function bringIn(
  draft: Draft,
  into: CallRef,
  from: Pick<Call, 'id' | 'data'>,
  seeds: readonly ConnectionSeed[],
  cause: Cause,
): Call {
  const call = draft.call(into.callId);
  checkRoom(call, ...seeds.map(({ role }) => role));
  const data = takenOver(call.data, from.data);
  const come = { fromCall: from.id, connections: seeds, ...(data === null ? {} : { data }) };
  return draft.emit(call.id, 'conferenced', into.connectionId, cause, come);
}

/** What `moveLeg` leaves behind, because elsewhere the one who moves begins anew. */
function carriedOver(call: Call, one: Connection, ids: ReadonlyMap<string, string>): Partial<ConnectionSeed> {
  const { muted, deaf, hunt, coach } = one;
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
  };
}
