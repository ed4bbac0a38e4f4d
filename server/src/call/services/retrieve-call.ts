import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { takeIdleLeg } from '../step/leg-turn.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import type { ConnectionRequest } from './requests.ts';
import { onOneCall } from './service.ts';

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
