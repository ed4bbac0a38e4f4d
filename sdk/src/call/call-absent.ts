import { CallError, CallStates } from './call-enums.ts';

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
  muteVideo: CallError.VIDEO_DENIED,
  unmuteVideo: CallError.VIDEO_DENIED,
  setBackgroundImage: CallError.VIDEO_DENIED,
  setBackgroundBlur: CallError.VIDEO_DENIED,
};

/**
 * What is so already where `is` says it, and else is rejected: there is no video and no collaboration, but before a
 * call is started that is not decided; and whoever calls is told that it rings as soon as it does.
 */
export const soAlready: Readonly<
  Record<string, { is(wanted: unknown, state: string): boolean; readonly error: string }>
> = {
  setVideoMode: {
    is: (mode, state) => state === CallStates.IDLE || mode === 'DISABLE' || mode === 'INACTIVE',
    error: CallError.VIDEO_DENIED,
  },
  setWebCollaboration: {
    is: (enabled, state) => state === CallStates.IDLE || enabled !== true,
    error: CallError.CAPABILITY_NOT_ALLOWED,
  },
  startRinging: { is: (_, state) => state === CallStates.ALERTING, error: CallError.CALL_STATE_MISMATCH },
};

/** What is so of every call here. */
export const constants: Readonly<Record<string, unknown>> = {
  getAlertType: 'UNSPECIFIED',
  getIncomingVideoOffered: 'off',
  getUserToUserInfo: undefined,
  isCallerIdentityPrivate: false,
  isRemote: false,
};
