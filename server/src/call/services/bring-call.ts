import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { endCall } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { bringIn, checkMerge, partiesGoOver } from '../step/merge.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { callsMerged } from './conference-call.ts';
import type { Service } from './service.ts';

/**
 * Merges a call of two (`from`) into a scheduled conference (`into`), for a person who is in each of them by a leg of
 * its own: a page that is in a conference and is the phone of an extension. Whoever asks has shown that both are
 * theirs.
 */
export interface BringCall {
  readonly into: CallRef;
  readonly from: CallRef;
}

const notAnswered = refuse('Only an answered call can be brought into a conference.');

/** Of the connection in the call: → null, with everybody else of it in the conference, and its leg ends. */
const bringCallTable: StateTable<BringCall> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('null', bring),
  hold: go('null', bring),
  fail: notAnswered,
};

export const bringCall: Service<BringCall, void> = {
  calls: ({ into, from }, around) => callsMerged({ original: into, consult: from }, around),
  step(draft, request) {
    const { from } = request;
    apply(bringCallTable, draft, draft.call(from.callId), from.connectionId, request);
  },
};

function bring(draft: Draft, call: Call, connection: Connection, { into, from }: BringCall): void {
  const there = draft.connection(into.callId, into.connectionId);
  if (draft.call(into.callId).kind !== 'conference' || there.answeredAt === null || connection.role === 'supervisor') {
    throw new AppError('invalidState', 'A call can be brought only into a conference by somebody who is in it.', {
      callId: into.callId,
    });
  }
  const moving = checkMerge(draft, { original: into, consult: from, keepsOriginal: false });
  const seeds = partiesGoOver(draft, moving, into, 'conference');
  endCall(draft, draft.call(call.id), 'conference');
  bringIn(draft, into, moving, seeds, 'conference');
}
