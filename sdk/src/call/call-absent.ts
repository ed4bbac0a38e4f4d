import { CallError } from './call-enums.ts';

/** What is for calls of other kinds, or for video: rejected with the error that says so. */
export const absentMethods: Readonly<Record<string, string>> = {
  acceptAnswerCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptMakeCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptSendVideo: CallError.VIDEO_DENIED,
  acceptTerminateCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptUpdateCallRequest: CallError.CALL_STATE_MISMATCH,
  denySendVideo: CallError.VIDEO_REJECTION_NOT_SUPPORTED,
  getVideoDetails: CallError.STATISTICS_UNAVAILABLE,
  join: CallError.CAPABILITY_NOT_ALLOWED,
  rejectAnswerCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectMakeCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectTerminateCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectUpdateCallRequest: CallError.CALL_STATE_MISMATCH,
  removeAllVideoChannels: CallError.VIDEO_DENIED,
  setVideoChannels: CallError.VIDEO_DENIED,
  startRinging: CallError.CALL_STATE_MISMATCH,
  muteVideo: CallError.VIDEO_DENIED,
  unmuteVideo: CallError.VIDEO_DENIED,
  setBackgroundImage: CallError.VIDEO_DENIED,
  setBackgroundBlur: CallError.VIDEO_DENIED,
};

/** There is no video and no collaboration: what asks to be without them is done already, the rest is rejected. */
export const withoutMethods: Readonly<Record<string, { is(wanted: unknown): boolean; readonly error: string }>> = {
  setVideoMode: { is: (mode) => mode === 'DISABLE' || mode === 'INACTIVE', error: CallError.VIDEO_DENIED },
  setWebCollaboration: { is: (enabled) => enabled !== true, error: CallError.CAPABILITY_NOT_ALLOWED },
};

/** What is so of every call here. */
export const constants: Readonly<Record<string, unknown>> = {
  getAlertType: 'UNSPECIFIED',
  getIncomingVideoOffered: 'off',
  getUserToUserInfo: undefined,
  isCallerIdentityPrivate: false,
  isRemote: false,
};
