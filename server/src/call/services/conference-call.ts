import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { takeIdleLeg } from '../step/leg-turn.ts';
import { bringIn, checkMerge, dissolve, type Merging, mergingOf } from '../step/merge.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import type { Service } from './service.ts';
import { checkSameLeg } from './shared-leg.ts';

const notAnswered = refuse('Only answered calls can be merged.');

/**
 * ConferenceCall, of the connection in the original call: → connected, with everybody of the consultation, which ends.
 */
export const conferenceCallTable: StateTable<Merging> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('connected', merge),
  hold: go('connected', merge),
  fail: notAnswered,
};

/** The same, of the connection in the consultation: connected, hold. */
export const mergedTable: StateTable<Merging> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: stay,
  hold: stay,
  fail: notAnswered,
};

export const conferenceCall: Service<Merging, void> = {
  calls: ({ original, consult }) => [original.callId, consult.callId],
  step(draft, request) {
    const asked = mergingOf(draft, request);
    const { original } = asked;
    apply(conferenceCallTable, draft, draft.call(original.callId), original.connectionId, asked);
  },
};

function merge(draft: Draft, call: Call, connection: Connection, request: Merging): void {
  const { original, consult } = request;
  checkSameLeg(draft, original, consult);
  apply(mergedTable, draft, draft.call(consult.callId), consult.connectionId, request);
  const moving = checkMerge(draft, request);
  const seeds = dissolve(draft, moving, original, 'conference');
  if (connection.state === 'hold') {
    // It may be in a third call by now.
    takeIdleLeg(draft, connection);
    draft.emit(call.id, 'retrieved', connection.id, 'conference', connection.legHere ? {} : { legHere: true });
  }
  bringIn(draft, original, moving, seeds, 'conference');
}
