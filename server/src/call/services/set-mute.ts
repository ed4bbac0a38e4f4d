import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { DataChange } from '../model/events.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { SetMute } from './requests.ts';
import { onOneCall } from './service.ts';

const notAnswered = refuse('Only an answered connection can be muted.');

/** SetMute: connected and hold stay what they are; what is so already makes no event. */
export const setMuteTable: StateTable<SetMute> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('connected', mute),
  hold: go('hold', mute),
  fail: notAnswered,
};

export const setMute = onOneCall((draft, request: SetMute): void => {
  apply(setMuteTable, draft, draft.call(request.callId), request.connectionId, request);
});

function mute(draft: Draft, call: Call, connection: Connection, request: SetMute): void {
  const muted = request.muted ?? connection.muted;
  const deaf = request.deaf ?? connection.deaf;
  const change: DataChange = {
    ...(muted === connection.muted ? {} : { muted }),
    ...(deaf === connection.deaf ? {} : { deaf }),
    ...changedBy(connection, muted, request.byModerator === true),
  };
  if (Object.keys(change).length > 0) draft.emit(call.id, 'dataChanged', connection.id, 'normal', change);
}

/** Who mutes itself while a moderator has it muted is still muted by that one. */
function changedBy({ mutedBy }: Connection, muted: boolean, byModerator: boolean): Pick<DataChange, 'mutedBy'> {
  const now = !muted ? null : byModerator ? 'moderator' : mutedBy;
  return now === mutedBy ? {} : { mutedBy: now };
}
