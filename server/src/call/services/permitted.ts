import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef, Dial } from '../model/call.ts';
import type { CallData } from '../model/call-data.ts';
import type { Connection } from '../model/connection.ts';
import { type Draft, decide } from '../step/draft.ts';
import { alternateCall } from './alternate-call.ts';
import { answerCall } from './answer-call.ts';
import { associateData } from './associate-data.ts';
import { changeRole } from './change-role.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { conferenceCall } from './conference-call.ts';
import { consultationCall } from './consultation-call.ts';
import { deflectCall } from './deflect-call.ts';
import { generateDigits } from './generate-digits.ts';
import { holdCall } from './hold-call.ts';
import { joinCall } from './join-call.ts';
import { parkCall } from './park-call.ts';
import { pauseRecording } from './pause-recording.ts';
import { pickUpCall } from './pick-up-call.ts';
import { rejectCall } from './reject-call.ts';
import type { AssociateData } from './requests.ts';
import { retrieveCall } from './retrieve-call.ts';
import type { Service, Surroundings } from './service.ts';
import { setMute } from './set-mute.ts';
import { singleStepConference } from './single-step-conference.ts';
import { singleStepTransfer } from './single-step-transfer.ts';
import { startRecording } from './start-recording.ts';
import { stopRecording } from './stop-recording.ts';
import { transferCall } from './transfer-call.ts';

/** Some phone that is dialled: which one makes no difference to whether it may be. */
const someone: Dial = {
  device: { kind: 'external', number: '0', name: '' },
  target: { kind: 'terminal', aor: '' },
  callerId: { name: '', number: '' },
  timeoutMs: 1,
};

type Ask = (draft: Draft, ref: CallRef) => unknown;

function asks<Request, Result, Input>(
  service: Service<Request, Result, Input>,
  request: (ref: CallRef, draft: Draft) => Request,
): Ask {
  return (draft, ref) => {
    const around: Surroundings = {
      newId: draft.context.newId,
      legs: (legId) => draft.leg(legId),
      callsOf: () => [],
      consultationsFor: () => [],
      conferenceCall: () => draft.context.newId(),
      takePosition: () => 1,
      freePosition() {},
      isRecordingLost: () => false,
    };
    const asked = request(ref, draft);
    return service.step(draft, service.prepare?.(asked, around) ?? (asked as unknown as Input), around);
  };
}

const own = (ref: CallRef) => ref;

/** A change that there is always room for: what is full can be emptied. */
function someData(data: CallData): Pick<AssociateData, 'set' | 'removed'> {
  const [first] = Object.keys(data);
  return first === undefined ? { set: { '': null } } : { removed: [first] };
}

/** What one connection may ask, each with an ordinary request. */
export const permittedServices = {
  answerCall: asks(answerCall, own),
  rejectCall: asks(rejectCall, own),
  deflectCall: asks(deflectCall, (ref) => ({ ...ref, ...someone })),
  pickUpCall: asks(pickUpCall, (ref) => ({ ...ref, ...someone })),
  clearConnection: asks(clearConnection, own),
  clearCall: asks(clearCall, own),
  holdCall: asks(holdCall, own),
  retrieveCall: asks(retrieveCall, own),
  consultationCall: asks(consultationCall, (ref) => ({ ...ref, ...someone })),
  singleStepConference: asks(singleStepConference, ({ callId }) => ({
    ...someone,
    into: { callId },
    role: 'participant' as const,
  })),
  singleStepTransfer: asks(singleStepTransfer, (ref) => ({ ...ref, ...someone })),
  parkCall: asks(parkCall, (ref) => ({ ...ref, maxMs: 60_000, returnTo: someone })),
  generateDigits: asks(generateDigits, (ref) => ({ ...ref, digits: '1' })),
  mute: asks(setMute, (ref) => ({ ...ref, muted: true })),
  unmute: asks(setMute, (ref) => ({ ...ref, muted: false })),
  associateData: asks(associateData, ({ callId }, draft) => ({ callId, ...someData(draft.call(callId).data) })),
  startRecording: asks(startRecording, own),
  pauseRecording: asks(pauseRecording, (ref) => ({ ...ref, paused: true })),
  resumeRecording: asks(pauseRecording, (ref) => ({ ...ref, paused: false })),
  stopRecording: asks(stopRecording, own),
  listen: asks(changeRole, (ref) => ({ ...ref, mode: 'listen' as const })),
  barge: asks(changeRole, (ref) => ({ ...ref, mode: 'barge' as const })),
  joinCall: asks(joinCall, (ref) => ({ ...ref, ...someone, mode: 'listen' as const })),
} as const;

export type PermittedService = keyof typeof permittedServices;

/** What two calls of one phone may have done with them; each names the other one's connection. */
export const pairedServices = {
  /** The other is held, and gets the phone. */
  alternateCall: (one: CallRef, other: CallRef) => asks(alternateCall, () => ({ active: one, held: other })),
  /** The other is the consultation, and ends. */
  conferenceCall: (one: CallRef, other: CallRef) => asks(conferenceCall, () => ({ original: one, consult: other })),
  transferCall: (one: CallRef, other: CallRef) => asks(transferCall, () => ({ original: one, consult: other })),
} as const;

export type PairedService = keyof typeof pairedServices;

/**
 * Whether that would be done, and change something, if this connection asked for it now; `others`: the other calls in
 * which its phone is. It is found by doing it to a copy, so it is what the state tables and all that they look at say.
 * What a call over a trunk may cost, and the directory, are not asked.
 */
export function permits(
  service: PermittedService,
  call: Call,
  connection: Connection,
  others: readonly Call[] = [],
): boolean {
  return would(permittedServices[service], call, connection, others);
}

/** The same of one call of a phone and another of the same. */
export function permitsWith(
  service: PairedService,
  call: Call,
  connection: Connection,
  other: CallRef,
  others: readonly Call[],
): boolean {
  const ref = { callId: call.id, connectionId: connection.id };
  return would(pairedServices[service](ref, other), call, connection, others);
}

function would(ask: Ask, call: Call, { id: connectionId }: Connection, others: readonly Call[]): boolean {
  let ids = 0;
  const calls = [call, ...others.filter(({ id }) => id !== call.id)];
  const context = { now: call.updatedAt, newId: () => `new ${++ids}` };
  // Most are refused, and nobody reads where: without the stack a refusal costs little.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const step = decide(calls, context, ask, { callId: call.id, connectionId });
    return step.events.length + step.effects.length > 0;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
