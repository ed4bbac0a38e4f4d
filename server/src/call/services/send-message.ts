import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { inConference } from './in-conference.ts';
import type { SendMessage } from './requests.ts';
import { onOneCall } from './service.ts';

/** Characters of one message. */
export const longestMessage = 2000;

const notAnswered = refuse('Only somebody in the conference can write in its chat.');

/** Something is written to all in a conference, or to one of them: connected and hold stay what they are. */
export const sendMessageTable: StateTable<SendMessage> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: inConference(go('connected', send)),
  hold: inConference(go('hold', send)),
  fail: notAnswered,
};

export const sendMessage = onOneCall((draft, request: SendMessage): void => {
  apply(sendMessageTable, draft, draft.call(request.callId), request.connectionId, request);
});

function send(draft: Draft, call: Call, { id }: Connection, { text, to }: SendMessage): void {
  if (text.trim() === '' || text.length > longestMessage) {
    throw new AppError('invalidArgument', `A message has 1 to ${longestMessage} characters.`);
  }
  if (to !== null) draft.connection(call.id, to);
  draft.emit(call.id, 'messageSent', id, 'normal', { text, to });
}
