import { alternateCallTable, alternatedTable } from '../../../call/services/alternate-call.ts';
import { answerCallTable } from '../../../call/services/answer-call.ts';
import { consultationCallTable } from '../../../call/services/consultation-call.ts';
import { generateDigitsTable } from '../../../call/services/generate-digits.ts';
import { holdCallTable } from '../../../call/services/hold-call.ts';
import { retrieveCallTable } from '../../../call/services/retrieve-call.ts';
import { setMuteTable } from '../../../call/services/set-mute.ts';
import { singleStepTransferTable } from '../../../call/services/single-step-transfer.ts';
import { mostCalls } from '../../../call/step/leg-turn.ts';
import { placeOf, rowOf, type StateTable } from '../../../call/step/state-table.ts';
import { feature } from './features.ts';
import { mergeOf, swapOf } from './pairs.ts';
import { hasRoom } from './room.ts';
import { type CallState, othersIn, type Seat, stateOf } from './seat.ts';

/** What may be asked of a call, in the order in which it is listed. */
export const callOperations = [
  'UpdateUserData',
  'Answer',
  'Reject',
  'SendDtmf',
  'InitiateConference',
  'Hold',
  'Retrieve',
  'SingleStepTransfer',
  'InitiateTransfer',
  'SwapCalls',
  'CompleteConference',
  'CompleteTransfer',
  'RemoveParticipantFromConference',
  'AttachUserData',
  'DeleteUserDataPair',
  'SingleStepConference',
  'DeleteUserData',
  'MuteCall',
  'UnmuteCall',
  'Hangup',
  'ClearCall',
  'StartCallRecording',
  'PauseCallRecording',
  'ResumeCallRecording',
  'StopCallRecording',
] as const;

export type CallOperation = (typeof callOperations)[number];

interface Facts extends Seat {
  readonly state: CallState;
  /** Other parties that are to be seen. */
  readonly others: number;
}

/**
 * What its user may ask of a call now. One function for what is listed and for what is accepted: it looks into the tables by which the call
 * model decides, and where those depend on more than the state, at the same facts.
 */
export function capabilitiesOf(seat: Seat): readonly CallOperation[] {
  const facts = { ...seat, state: stateOf(seat), others: othersIn(seat).length };
  if (facts.state === 'Released' || !seat.user.features.includes(feature.voice)) return [];
  return callOperations.filter((operation) => may[operation](facts));
}

const may: Readonly<Record<CallOperation, (facts: Facts) => boolean>> = {
  UpdateUserData: always,
  AttachUserData: always,
  DeleteUserDataPair: always,
  DeleteUserData: always,
  Hangup: always,
  Answer: (facts) => facts.state === 'Ringing' && allows(answerCallTable, facts) && canAnswer(facts),
  Reject: ({ state }) => state === 'Ringing',
  SendDtmf: (facts) => allows(generateDigitsTable, facts),
  Hold: (facts) => facts.state === 'Established' && allows(holdCallTable, facts),
  Retrieve: (facts) => allows(retrieveCallTable, facts) && isIdle(facts),
  InitiateConference: mayConsult,
  InitiateTransfer: mayConsult,
  SwapCalls: (facts) => {
    const swap = swapOf(facts);
    return swap !== null && allows(alternateCallTable, swap.held) && allows(alternatedTable, swap.active);
  },
  CompleteConference: mayComplete,
  CompleteTransfer: mayComplete,
  SingleStepConference: (facts) => isTalking(facts) && isParty(facts) && hasRoom(facts.call, 'participant'),
  SingleStepTransfer: (facts) =>
    isTalking(facts) &&
    isParty(facts) &&
    facts.call.kind === 'call' &&
    facts.call.answered >= 2 &&
    allows(singleStepTransferTable, facts) &&
    hasRoom(facts.call, 'participant'),
  RemoveParticipantFromConference: (facts) => isTalking(facts) && isConference(facts) && mayRule(facts),
  MuteCall: (facts) =>
    isTalking(facts) && isParty(facts) && isConference(facts) && !facts.connection.muted && allows(setMuteTable, facts),
  UnmuteCall: (facts) => isParty(facts) && facts.connection.muted && allows(setMuteTable, facts),
  ClearCall: (facts) => {
    if (facts.state === 'Ringing') return facts.call.kind === 'call';
    if (facts.state !== 'Established') return false;
    return facts.call.kind === 'call' && !isConference(facts) ? true : isSupervisor(facts) || isModerator(facts);
  },
  StartCallRecording: (facts) =>
    mayRecord(facts) && facts.call.recordingId === null && facts.call.conference?.record !== 'never',
  PauseCallRecording: (facts) => mayRecord(facts) && facts.call.recordingId !== null && !facts.call.recordingPaused,
  ResumeCallRecording: (facts) => mayRecord(facts) && facts.call.recordingId !== null && facts.call.recordingPaused,
  StopCallRecording: (facts) =>
    mayRecord(facts) && facts.call.recordingId !== null && facts.call.conference?.record !== 'always',
};

function always(): boolean {
  return true;
}

/** Whether the call model's table would do something. */
function allows<Input>(table: StateTable<Input>, { call, connection }: Pick<Seat, 'call' | 'connection'>): boolean {
  return rowOf(table, placeOf(connection), call.kind).rule === 'go';
}

/** A phone that rings answers itself where it can be had to; one that is in another call holds that. */
function canAnswer({ connection, lines }: Facts): boolean {
  if (connection.legHere) return connection.answerable === true;
  const active = lines.find((line) => line.connection.legHere)?.connection;
  return active === undefined || active.state === 'connected' || active.state === 'hold';
}

/** Its phone talks in no other call. */
function isIdle({ connection, lines }: Facts): boolean {
  return connection.legHere || !lines.some((line) => line.connection.legHere && line.connection.state !== 'hold');
}

function isTalking({ state, call }: Facts): boolean {
  return (state === 'Established' || state === 'Held') && call.kind !== 'access' && isOpen(call);
}

/** Whoever else comes into it comes to parties that talk. */
function isOpen({ kind, answeredAt, answered, parked, destination }: Seat['call']): boolean {
  return parked === null && destination === null && answered > 0 && (kind === 'conference' || answeredAt !== null);
}

function isParty({ connection }: Facts): boolean {
  return connection.role !== 'supervisor';
}

function isConference({ call, others }: Facts): boolean {
  return call.kind === 'conference' || others >= 2;
}

function isModerator({ connection }: Facts): boolean {
  return connection.role === 'moderator';
}

function isSupervisor({ user }: Facts): boolean {
  return user.roles.some((role) => role !== 'agent');
}

/** Who made the conference, moderates it, or supervises it. */
function mayRule(facts: Facts): boolean {
  return facts.call.kind === 'conference' ? isModerator(facts) || !isParty(facts) : true;
}

function mayRecord(facts: Facts): boolean {
  return isTalking(facts) && facts.user.features.includes(feature.recording);
}

function mayConsult(facts: Facts): boolean {
  return (
    isTalking(facts) &&
    isParty(facts) &&
    allows(consultationCallTable, facts) &&
    isIdle(facts) &&
    facts.lines.length + 1 < mostCalls
  );
}

function mayComplete(facts: Facts): boolean {
  return mergeOf(facts) !== null;
}
