import type { ButtonKind } from '../../look/button.tsx';
import type { IconName } from '../../look/icons.tsx';

/** What an operation has to be told besides. */
export type Asks = 'number' | 'digits' | 'participant' | 'data' | 'key';

export interface CallOperation {
  readonly name: string;
  readonly icon: IconName;
  readonly kind?: ButtonKind;
  readonly asks?: Asks;
  /** With Alt. */
  readonly key?: string;
  /** The button that it shares with what takes it back: whoever is at it stays there. */
  readonly place?: string;
}

/** Every operation on calls that the interface has, in the order of the buttons. Those that are possible are shown. */
export const callOperations: readonly CallOperation[] = [
  { name: 'Answer', icon: 'phone', kind: 'primary', key: 'A' },
  { name: 'Reject', icon: 'close', kind: 'risky', key: 'R' },
  { name: 'Redirect', icon: 'transfer', asks: 'number' },
  { name: 'CompleteConference', icon: 'merge', kind: 'primary', key: 'J' },
  { name: 'CompleteTransfer', icon: 'transfer', key: 'T' },
  { name: 'SwapCalls', icon: 'swap', key: 'S' },
  { name: 'Hold', icon: 'pause', key: 'H', place: 'hold' },
  { name: 'Retrieve', icon: 'play', key: 'H', place: 'hold' },
  { name: 'MuteCall', icon: 'microphoneOff', key: 'M', place: 'mute' },
  { name: 'UnmuteCall', icon: 'microphone', key: 'M', place: 'mute' },
  { name: 'InitiateConference', icon: 'invite', asks: 'number', key: 'C' },
  { name: 'InitiateTransfer', icon: 'transfer', asks: 'number', key: 'T' },
  { name: 'SingleStepConference', icon: 'invite', asks: 'number' },
  { name: 'SingleStepTransfer', icon: 'transfer', asks: 'number' },
  { name: 'RemoveParticipantFromConference', icon: 'remove', asks: 'participant' },
  { name: 'SendDtmf', icon: 'keypad', asks: 'digits', key: 'K' },
  { name: 'AttachUserData', icon: 'link', asks: 'data' },
  { name: 'UpdateUserData', icon: 'link', asks: 'data' },
  { name: 'DeleteUserDataPair', icon: 'close', asks: 'key' },
  { name: 'DeleteUserData', icon: 'close' },
  { name: 'PauseCallRecording', icon: 'pause', place: 'pause' },
  { name: 'ResumeCallRecording', icon: 'record', place: 'pause' },
  { name: 'StartCallRecording', icon: 'record', place: 'record' },
  { name: 'StopCallRecording', icon: 'record', place: 'record' },
  { name: 'SwitchToBargeIn', icon: 'microphone', place: 'listens' },
  { name: 'SwitchToListenIn', icon: 'ear', place: 'listens' },
  { name: 'MuteMonitoredUser', icon: 'microphoneOff', place: 'agent' },
  { name: 'UnmuteMonitoredUser', icon: 'microphone', place: 'agent' },
  { name: 'Hangup', icon: 'leave', kind: 'risky', key: 'E' },
  { name: 'ClearCall', icon: 'leave', kind: 'risky' },
];

/** What keeps the button of one of these as it is while others come and go. */
export function placeOf(one: CallOperation, possible: readonly CallOperation[]): string {
  const { name, place } = one;
  return place !== undefined && possible.find((other) => other.place === place) === one ? place : name;
}

/** The parameters of an operation out of what was typed. */
export function parametersOf(asks: Asks | undefined, typed: string, value: string): object {
  switch (asks) {
    case 'number':
      return { destination: { phoneNumber: typed } };
    case 'digits':
      return { digits: typed };
    case 'participant':
      return { participant: typed };
    case 'data':
      return { userData: { [typed]: value } };
    case 'key':
      return { key: typed };
    default:
      return {};
  }
}
