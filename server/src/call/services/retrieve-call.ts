import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { checkSpeaks, handOnHeld, heldThereOn, takeIdleLeg } from '../step/leg-turn.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import type { ConnectionRequest } from './requests.ts';
import { onOneCall } from './service.ts';

const notHeld = refuse('Only a held call can be retrieved.');

/**
 * RetrieveCall: hold → connected, unless its phone talks in another call. What the phone holds by itself it is asked to
 * take back, where it can be: hold → hold, and connected when it says so.
 */
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
  const held = heldThereOn(draft, connection.legId);
  if (held?.heldThere === 'asked') {
    ask(draft, call, connection, held);
    return;
  }
  checkSpeaks(draft, connection.legId);
  takeIdleLeg(draft, connection);
  draft.emit(call.id, 'retrieved', connection.id, 'normal', connection.legHere ? {} : { legHere: true });
}

/** What the phone takes back is this call, whichever of its calls it was in when it put that on hold. */
function ask(draft: Draft, call: Call, connection: Connection, held: Connection): void {
  if (held.id !== connection.id) handOnHeld(draft, held, { callId: call.id, connectionId: connection.id });
  draft.effect('signal', { do: 'takeBack', legId: connection.legId });
}
