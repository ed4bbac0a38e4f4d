import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { answered } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { holdForAnother } from '../step/leg-turn.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import type { ConnectionRequest } from './requests.ts';
import { onOneCall } from './service.ts';

/**
 * AnswerCall: picks up for a caller who waits (initiated, incoming), or at a leg in another call (alerting), which is
 * held → connected. A phone that rings on a leg of its own is had to answer where it can be, and is connected when it
 * says so.
 */
export const answerCallTable: StateTable<ConnectionRequest> = {
  null: noConnection,
  initiatedIncoming: go('connected', answer),
  initiatedOutgoing: refuse('This phone does not ring yet.'),
  alerting: go('connected', answerLine),
  connected: stay,
  hold: stay,
  fail: refuse('This connection has failed.'),
};

export const answerCall = onOneCall((draft, request: ConnectionRequest): void => {
  apply(answerCallTable, draft, draft.call(request.callId), request.connectionId, request);
});

function answerLine(draft: Draft, call: Call, connection: Connection): void {
  const { legId, legHere } = connection;
  if (legHere) {
    if (connection.answerable !== true)
      throw new AppError('invalidState', 'This phone cannot be made to answer: its user has to answer it.', { legId });
    draft.effect('signal', { do: 'answer', legId });
    return;
  }
  holdForAnother(draft, legId);
  answered(draft, call, connection);
}

function answer(draft: Draft, call: Call, connection: Connection): void {
  draft.effect('signal', { do: 'answer', legId: connection.legId });
  draft.emit(call.id, 'established', connection.id, 'normal', {});
}
