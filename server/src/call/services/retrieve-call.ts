import type { Call } from '../call.ts';
import type { Connection } from '../connection.ts';
import type { Draft } from '../draft.ts';
import { takeIdleLeg } from '../leg-turn.ts';
import type { ConnectionRequest } from '../requests.ts';
import { onOneCall } from '../service.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../state-table.ts';

const notHeld = refuse('Only a held call can be retrieved.');

/** RetrieveCall: hold → connected, unless its phone talks in another call. */
export const retrieveCallTable: StateTable<ConnectionRequest> = {
  null: noConnection,
  initiatedIncoming: notHeld,
  initiatedOutgoing: notHeld,
  alerting: notHeld,
  connected: stay,
  hold: go('connected', retrieve),
  fail: notHeld,
};

export const retrieveCall = onOneCall((draft, request: ConnectionRequest): void => {
  apply(retrieveCallTable, draft, draft.call(request.callId), request.connectionId, request);
});

function retrieve(draft: Draft, call: Call, connection: Connection): void {
  takeIdleLeg(draft, connection);
  draft.emit(call.id, 'retrieved', connection.id, 'normal', connection.legHere ? {} : { legHere: true });
}
