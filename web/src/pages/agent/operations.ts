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
}

/** Every operation on calls that the interface has, in the order of the buttons. Those that are possible are shown. */
export const callOperations: readonly CallOperation[] = [
  { name: 'Answer', icon: 'phone', kind: 'primary', key: 'A' },
  { name: 'Reject', icon: 'close', kind: 'risky', key: 'R' },
  { name: 'Redirect', icon: 'transfer', asks: 'number' },
  { name: 'CompleteConference', icon: 'merge', kind: 'primary', key: 'J' },
  { name: 'CompleteTransfer', icon: 'transfer', key: 'T' },
  { name: 'SwapCalls', icon: 'swap', key: 'S' },
  { name: 'Hold', icon: 'pause', key: 'H' },
  { name: 'Retrieve', icon: 'play', key: 'H' },
  { name: 'MuteCall', icon: 'microphoneOff', key: 'M' },
  { name: 'UnmuteCall', icon: 'microphone', key: 'M' },
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
  { name: 'StartCallRecording', icon: 'record' },
  { name: 'PauseCallRecording', icon: 'pause' },
  { name: 'ResumeCallRecording', icon: 'record' },
  { name: 'StopCallRecording', icon: 'record' },
  { name: 'SwitchToBargeIn', icon: 'microphone' },
  { name: 'SwitchToListenIn', icon: 'ear' },
  { name: 'MuteMonitoredUser', icon: 'microphoneOff' },
  { name: 'UnmuteMonitoredUser', icon: 'microphone' },
  { name: 'Hangup', icon: 'leave', kind: 'risky', key: 'E' },
  { name: 'ClearCall', icon: 'leave', kind: 'risky' },
];

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
