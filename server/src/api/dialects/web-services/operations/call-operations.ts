import type { UserView } from '../../../../directory/directory-views.ts';
import { type CallOperation, callOperations, capabilitiesOf } from '../capabilities.ts';
import type { WebServicesDeps } from '../deps.ts';
import { WebServicesError } from '../errors.ts';
import { feature } from '../features.ts';
import { lastPart } from '../links.ts';
import { ownDevice, seatsInCall, type Terminal } from '../own-devices.ts';
import { stateOf } from '../seat.ts';
import type { CallOperationHandler } from './call-action.ts';
import { dispositionOperation, setDisposition } from './disposition.ts';
import * as calls from './one-call.ts';
import { type Parameters, readOperation, readOptionalText, unknownOperation } from './parameters.ts';
import * as participants from './participants.ts';
import * as recording from './recording.ts';
import * as supervision from './supervision.ts';
import * as pairs from './two-calls.ts';
import * as data from './user-data.ts';

const handlers: Readonly<Record<CallOperation, CallOperationHandler>> = {
  Answer: calls.answer,
  Reject: calls.reject,
  Redirect: participants.redirect,
  Hangup: calls.hangup,
  ClearCall: calls.clear,
  Hold: calls.hold,
  Retrieve: calls.retrieve,
  SendDtmf: calls.sendDtmf,
  MuteCall: calls.mute,
  UnmuteCall: calls.unmute,
  InitiateConference: participants.consult,
  InitiateTransfer: participants.consult,
  SingleStepConference: participants.singleStepIn,
  SingleStepTransfer: participants.singleStepOver,
  RemoveParticipantFromConference: participants.remove,
  SwapCalls: pairs.swap,
  CompleteConference: pairs.completeConference,
  CompleteTransfer: pairs.completeTransfer,
  AttachUserData: data.attach,
  UpdateUserData: data.update,
  DeleteUserData: data.deleteAll,
  DeleteUserDataPair: data.deletePair,
  StartCallRecording: recording.start,
  PauseCallRecording: recording.pause,
  ResumeCallRecording: recording.resume,
  StopCallRecording: recording.stop,
  SwitchToBargeIn: supervision.switchToBargeIn,
  SwitchToListenIn: supervision.switchToListenIn,
  MuteMonitoredUser: supervision.muteMonitored,
  UnmuteMonitoredUser: supervision.unmuteMonitored,
};

/** Features that an operation asks for besides `api-voice`. */
const features: Partial<Record<CallOperation, string>> = {
  StartCallRecording: feature.recording,
  PauseCallRecording: feature.recording,
  ResumeCallRecording: feature.recording,
  StopCallRecording: feature.recording,
  SwitchToBargeIn: feature.monitoring,
  SwitchToListenIn: feature.monitoring,
  MuteMonitoredUser: feature.monitoring,
  UnmuteMonitoredUser: feature.monitoring,
};

/**
 * POST of an operation on one of the user's calls. What the call does not list as a capability is refused, but for how
 * it went. Errors, in this order: no operation named (1), no such call, or not at the device that `deviceUri` names
 * (6), no such operation (2), a feature is missing (5), not now (2), then what is wrong with the parameters.
 */
export async function operateCall(
  deps: WebServicesDeps,
  user: UserView,
  callId: string,
  body: unknown,
): Promise<object> {
  const { name, parameters } = readOperation(body);
  if (name === dispositionOperation) {
    checkFeature(user, feature.voice);
    await setDisposition(deps, user, parameters, callId);
    return {};
  }
  const seats = seatsInCall(deps, user, callId, namedDevice(deps, user, parameters));
  const operation = callOperations.find((one) => one === name);
  if (operation === undefined) throw unknownOperation(name);
  checkFeatures(user, operation);
  const seat = seats.find((one) => capabilitiesOf(one).includes(operation));
  if (seat === undefined) {
    throw new WebServicesError('notNow', `${operation} is not possible while the call is ${stateOf(seats[0])}.`);
  }
  await handlers[operation]({ deps, user, seat, parameters });
  return {};
}

/** Of several devices of the user in one call, the one that is meant; null: whichever can. */
function namedDevice(deps: WebServicesDeps, user: UserView, parameters: Parameters): Terminal | null {
  const given = readOptionalText(parameters, 'deviceUri', 2048);
  return given === null ? null : ownDevice(deps, user, lastPart(given));
}

function checkFeatures(user: UserView, operation: CallOperation): void {
  for (const needed of [feature.voice, features[operation]]) {
    if (needed !== undefined) checkFeature(user, needed);
  }
}

/** Throws `noPermission`. */
export function checkFeature(user: UserView, needed: string): void {
  if (!user.features.includes(needed)) {
    throw new WebServicesError('noPermission', `The feature ${needed} is required.`);
  }
}
