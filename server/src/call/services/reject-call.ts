import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { notReached } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { RejectCall } from './requests.ts';
import { endingLegs } from './service.ts';

const notRinging = refuse('Only a call that rings can be rejected.');

/**
 * RejectCall, of the phone that rings: → fail → null, as if its user had refused; whoever rings together with it rings
 * on.
 */
export const rejectCallTable: StateTable<RejectCall> = {
  null: noConnection,
  initiatedIncoming: notRinging,
  initiatedOutgoing: go('null', reject),
  alerting: go('null', reject),
  connected: notRinging,
  hold: notRinging,
  fail: notRinging,
};

export const rejectCall = endingLegs((draft, request: RejectCall): void => {
  apply(rejectCallTable, draft, draft.call(request.callId), request.connectionId, request);
});

function reject(draft: Draft, call: Call, connection: Connection, request: RejectCall): void {
  notReached(draft, call, connection, { cause: request.cause ?? 'callRejected' });
}
