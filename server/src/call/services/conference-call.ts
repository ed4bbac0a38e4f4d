import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { LegChange } from '../model/events.ts';
import type { Draft } from '../step/draft.ts';
import { checkSpeaks, takeIdleLeg } from '../step/leg-turn.ts';
import {
  bringIn,
  checkMerge,
  dissolve,
  type Merging,
  type MergingInto,
  type Moving,
  mergingOf,
} from '../step/merge.ts';
import { apply, go, noConnection, refuse, type StateTable, stay } from '../step/state-table.ts';
import { checkSamePhone } from './same-phone.ts';
import type { Service, Surroundings } from './service.ts';

export interface ConferenceCallRequest extends Merging {
  /** By which leg a phone that has one for each call goes on; the other ends. Default: the one it talks on. */
  readonly goesOnBy?: string;
}

type Conferencing = MergingInto & Pick<ConferenceCallRequest, 'goesOnBy'>;

const notAnswered = refuse('Only answered calls can be merged.');

/**
 * ConferenceCall, of the connection in the original call: → connected, with everybody of the consultation, which ends.
 */
const conferenceCallTable: StateTable<Conferencing> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('connected', merge),
  hold: go('connected', merge),
  fail: notAnswered,
};

/** The same, of the connection in the consultation: connected, hold. */
const mergedTable: StateTable<MergingInto> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: stay,
  hold: stay,
  fail: notAnswered,
};

export const conferenceCall: Service<ConferenceCallRequest, void> = {
  calls: callsMerged,
  step(draft, request) {
    const { goesOnBy } = request;
    const asked = { ...mergingOf(draft, request), ...(goesOnBy === undefined ? {} : { goesOnBy }) };
    const { original } = asked;
    apply(conferenceCallTable, draft, draft.call(original.callId), original.connectionId, asked);
  },
};

/** The two, and what was begun for the one that ends. */
export function callsMerged({ original, consult }: Merging, around: Pick<Surroundings, 'consultationsFor'>): string[] {
  const both = [original.callId, consult.callId];
  return [...both, ...both.flatMap((callId) => around.consultationsFor(callId))];
}

/** Who goes over of the consultation, merged or transferred. Throws unless both calls are answered and of one phone. */
export function checkConsultation(draft: Draft, request: MergingInto): Moving {
  const { original, consult } = request;
  checkSamePhone(draft, original, consult);
  apply(mergedTable, draft, draft.call(consult.callId), consult.connectionId, request);
  return checkMerge(draft, request);
}

function merge(draft: Draft, call: Call, connection: Connection, request: Conferencing): void {
  const { original } = request;
  const moving = checkConsultation(draft, request);
  const leg = legToGoOn(draft, connection, moving.own, request.goesOnBy);
  checkSpeaks(draft, leg?.legId ?? connection.legId);
  const seeds = dissolve(draft, moving, original, 'conference');
  if (connection.state === 'hold') {
    // It may be in a third call by now.
    if (leg === null) takeIdleLeg(draft, connection);
    const back = connection.legHere || leg !== null ? {} : ({ legHere: true } as const);
    draft.emit(call.id, 'retrieved', connection.id, 'conference', back);
  }
  bringIn(draft, original, moving, seeds, 'conference', leg);
}

/**
 * A phone that has a leg for each call talks on where it talks; the other leg ends. Null: on the one it has in the
 * original.
 */
function legToGoOn(draft: Draft, original: Connection, consult: Connection, by?: string): LegChange | null {
  if (original.legId === consult.legId) return null;
  if (by === undefined ? original.state !== 'hold' : by !== consult.legId) return null;
  if (!consult.legHere) takeIdleLeg(draft, consult);
  const { legId, target } = consult;
  return { legId, target };
}
