import { RecentMap } from '../../../base/recent-map.ts';
import type { Connection } from '../../../call/model/connection.ts';
import { type PermittedService, permits } from '../../../call/services/permitted.ts';
import { feature } from './features.ts';
import { activeBeside, mayTakeBack, mergeOf, swapOf } from './pairs.ts';
import {
  type CallState,
  isGuest,
  isSupervisor,
  type Line,
  othersIn,
  type Seat,
  stateOf,
  supervisedBy,
} from './seat.ts';
import { shapeOf } from './shape.ts';

/** What may be asked of a call, in the order in which it is listed. */
export const callOperations = [
  'UpdateUserData',
  'Answer',
  'Reject',
  'Redirect',
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
  'SwitchToBargeIn',
  'SwitchToListenIn',
  'MuteMonitoredUser',
  'UnmuteMonitoredUser',
] as const;

export type CallOperation = (typeof callOperations)[number];

/** Asking takes about 50 µs, and the same few shapes of calls come again and again. */
const known = new RecentMap<string, readonly CallOperation[]>(5000);
/**
 * Connections of a call whose shape is remembered: a shape is as long as they are many, about 100 bytes each, and that
 * of a large conference hardly comes again.
 */
export const mostRemembered = 16;

interface Facts extends Seat {
  readonly state: CallState;
  /** Other parties that are to be seen. */
  readonly others: number;
  /** What the call model has answered already: several operations are one service to it. */
  readonly asked: Map<PermittedService, boolean>;
}

/**
 * What its user may ask of a call now. One function for what is listed and for what is accepted: after what this
 * interface offers in the state of the call, the call model is asked whether it would do it.
 */
export function capabilitiesOf(seat: Seat): readonly CallOperation[] {
  if (!seat.user.features.includes(feature.voice)) return [];
  if ([seat, ...seat.lines].some(({ call }) => call.connections.size > mostRemembered)) return askedOf(seat);
  const shape = shapeOf(seat);
  const before = known.get(shape);
  if (before !== undefined) return before;
  const answer = askedOf(seat);
  known.set(shape, answer);
  return answer;
}

/** The same, asked of the call model each time. */
export function askedOf(seat: Seat): readonly CallOperation[] {
  const facts = { ...seat, state: stateOf(seat), others: othersIn(seat).length, asked: new Map() };
  if (facts.state === 'Released') return [];
  return callOperations.filter((operation) => may[operation](facts));
}

const may: Readonly<Record<CallOperation, (facts: Facts) => boolean>> = {
  UpdateUserData: (facts) => would('associateData', facts),
  AttachUserData: (facts) => would('associateData', facts),
  DeleteUserDataPair: (facts) => would('associateData', facts),
  DeleteUserData: (facts) => would('associateData', facts),
  Hangup: () => true,
  Answer: (facts) => facts.state === 'Ringing' && would('answerCall', facts),
  Reject: (facts) => facts.state === 'Ringing' && would('rejectCall', facts),
  Redirect: (facts) => facts.state === 'Ringing' && facts.call.kind === 'call' && would('deflectCall', facts),
  SendDtmf: (facts) => would('generateDigits', facts),
  Hold: (facts) => facts.state === 'Established' && would('holdCall', facts),
  Retrieve: (facts) => (activeBeside(facts) === null ? would('retrieveCall', facts) : mayTakeBack(facts)),
  InitiateConference: mayConsult,
  InitiateTransfer: mayConsult,
  SwapCalls: (facts) => swapOf(facts) !== null,
  CompleteConference: (facts) => mergeOf(facts, 'conferenceCall') !== null,
  CompleteTransfer: (facts) => mergeOf(facts, 'transferCall') !== null,
  SingleStepConference: (facts) => isTalking(facts) && isParty(facts) && would('singleStepConference', facts),
  // In a scheduled conference there is nobody whom one could leave to somebody else.
  SingleStepTransfer: (facts) => isTalking(facts) && facts.call.kind === 'call' && would('singleStepTransfer', facts),
  RemoveParticipantFromConference: (facts) => isTalking(facts) && isConference(facts) && mayRemoveOne(facts),
  MuteCall: (facts) => isTalking(facts) && isParty(facts) && isConference(facts) && would('mute', facts),
  UnmuteCall: (facts) => isParty(facts) && would('unmute', facts),
  ClearCall: (facts) => mayClear(facts) && would('clearCall', facts),
  StartCallRecording: (facts) => mayRecord(facts) && would('startRecording', facts),
  PauseCallRecording: (facts) => mayRecord(facts) && would('pauseRecording', facts),
  ResumeCallRecording: (facts) => mayRecord(facts) && would('resumeRecording', facts),
  StopCallRecording: (facts) => mayRecord(facts) && would('stopRecording', facts),
  SwitchToBargeIn: (facts) => maySupervise(facts) && !isParty(facts) && would('barge', facts),
  SwitchToListenIn: (facts) => maySupervise(facts) && (isParty(facts) || isCoach(facts)) && would('listen', facts),
  MuteMonitoredUser: (facts) => maySupervise(facts) && supervisedBy(facts)?.muted === false,
  UnmuteMonitoredUser: (facts) => maySupervise(facts) && supervisedBy(facts)?.muted === true,
};

function would(service: PermittedService, { call, connection, lines, asked }: Facts): boolean {
  const known = asked.get(service);
  if (known !== undefined) return known;
  const others = lines.map((line) => line.call);
  const answer = permits(service, call, connection, others);
  asked.set(service, answer);
  return answer;
}

/** In it, and somebody to talk to has been reached. */
function isTalking({ state, call }: Facts): boolean {
  const live = state === 'Established' || state === 'Held';
  return live && (call.kind === 'conference' || (call.kind === 'call' && call.answeredAt !== null));
}

function isParty({ connection }: Facts): boolean {
  return connection.role !== 'supervisor';
}

function isConference({ call, others }: Facts): boolean {
  return call.kind === 'conference' || others >= 2;
}

function mayRemoveOne(facts: Facts): boolean {
  return partiesBeside(facts).some((one) => mayRemove(facts, one));
}

/**
 * Whoever made the conference, moderates it, or supervises somebody in it removes anybody; from a scheduled conference,
 * which none of its people made, whoever brought somebody in removes that one.
 */
export function mayRemove(seat: Line, other: Connection): boolean {
  const { call, connection } = seat;
  if (call.controller === connection.id || isModerator(seat)) return true;
  if (isSupervisor(seat) && !isGuest(seat)) return true;
  return call.kind === 'conference' && other.invitedBy === connection.id;
}

/** Who takes part in the call besides, and has answered. */
export function partiesBeside({ call, connection }: Line): readonly Connection[] {
  return [...call.connections.values()].filter(
    ({ id, role, answeredAt }) => id !== connection.id && role !== 'supervisor' && answeredAt !== null,
  );
}

function isModerator({ connection }: Line): boolean {
  return connection.role === 'moderator';
}

/** A call of two is one's own to end; a conference of several is not, except for those who are there for it. */
function mayClear(facts: Facts): boolean {
  const { state, call, user } = facts;
  if (call.kind === 'access') return false;
  if (state === 'Ringing') return call.kind === 'call';
  if (state !== 'Established') return false;
  if (!isConference(facts) || isModerator(facts)) return true;
  return !isGuest(facts) && user.roles.some((role) => role !== 'agent');
}

function mayConsult(facts: Facts): boolean {
  return isTalking(facts) && would('consultationCall', facts);
}

/** Whose connection is there for somebody else’s call, and is answered. */
function maySupervise(facts: Facts): boolean {
  return isTalking(facts) && isSupervisor(facts) && facts.user.features.includes(feature.monitoring);
}

function isCoach({ connection }: Facts): boolean {
  return connection.coach !== null;
}

function mayRecord(facts: Facts): boolean {
  if (isGuest(facts) && !isModerator(facts)) return false;
  return isTalking(facts) && isParty(facts) && facts.user.features.includes(feature.recording);
}
