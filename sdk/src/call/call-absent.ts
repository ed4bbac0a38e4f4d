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

/** What no call here is. */
export const neverSo = ['isCallerIdentityPrivate', 'isHeldRemotely', 'isRemote'] as const;
