import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import type { ConnectionRequest } from './requests.ts';
import { onOneCall } from './service.ts';

const notAnswered = refuse('Only an answered call can be held.');

/** HoldCall: connected → hold. */
export const holdCallTable: StateTable<ConnectionRequest> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('hold', hold),
  hold: stay,
  fail: notAnswered,
};

export const holdCall = onOneCall((draft, request: ConnectionRequest): void => {
  apply(holdCallTable, draft, draft.call(request.callId), request.connectionId, request);
});

function hold(draft: Draft, call: Call, connection: Connection): void {
  draft.emit(call.id, 'held', connection.id, 'normal', {});
}
