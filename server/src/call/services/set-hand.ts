import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { inConference } from './in-conference.ts';
import type { SetHand } from './requests.ts';
import { onOneCall } from './service.ts';

const notAnswered = refuse('Only somebody in the conference can ask for the floor.');

/** A hand is raised or lowered: connected and hold stay what they are; what is so already makes no event. */
export const setHandTable: StateTable<SetHand> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: inConference(go('connected', set)),
  hold: inConference(go('hold', set)),
  fail: notAnswered,
};

export const setHand = onOneCall((draft, request: SetHand): void => {
  apply(setHandTable, draft, draft.call(request.callId), request.connectionId, request);
});

function set(draft: Draft, call: Call, { id, handRaised }: Connection, { raised }: SetHand): void {
  if (handRaised !== raised) draft.emit(call.id, 'dataChanged', id, 'normal', { handRaised: raised });
}
