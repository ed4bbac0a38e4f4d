import { CapabilityDenialReason } from '../base-enums.ts';
import type { Denials } from '../capabilities.ts';
import type { ConferenceState } from './conference-state.ts';

const {
  CAPABILITY_INVALID_STATE: invalidState,
  CAPABILITY_NEED_MODERATOR: needModerator,
  CAPABILITY_NOT_ALLOWED: notAllowed,
} = CapabilityDenialReason;

/** What can be done in a conference now. `isInside`: one is in it, and the server is reached. */
export function conferenceDenials(conference: {
  readonly state: ConferenceState | null;
  readonly isInside: boolean;
  readonly moderates: boolean;
  readonly isAlone: boolean;
  readonly isMuted: boolean;
  /** Of a call of the user's extension. */
  readonly isPhone: boolean;
}): Denials {
  const { state, isInside, moderates, isAlone, isMuted, isPhone } = conference;
  const all = (allowed = true) => (isInside && allowed ? null : invalidState);
  const mod = (allowed = true) => (isInside && !moderates ? needModerator : all(allowed));
  const record = (allowed: boolean) => (state?.recordingMode === 'choice' ? mod(allowed) : notAllowed);
  return {
    getActiveTalkerCapability: all(),
    getAddParticipantViaDialoutCapability: mod(),
    getInConferenceChatCapability: all(),
    getModerateConferenceCapability: mod(),
    getMuteAllParticipantsCapability: mod(),
    getUnmuteAllParticipantsCapability: mod(),
    getMuteSelfAudioCapability: all(!isMuted),
    getUnmuteSelfAudioCapability: all(isMuted),
    getRemoveLastParticipantCapability: mod(!isAlone),
    getRemoveSelectParticipantCapability: mod(!isAlone),
    getRetrieveParticipantListCapability: all(),
    getSupportLowerHandCapability: all(),
    getSupportRaiseHandCapability: all(),
    getTerminateConferenceCapability: mod(),
    getAcceptPendingParticipantCapability: mod(),
    getDenyPendingParticipantCapability: mod(),
    getRequestToBecomeModeratorCapability: state?.moderatorPasscode === false ? notAllowed : all(!moderates),
    getSignInCapability: all(state?.signedIn === false),
    getExtendMeetingCapability: mod(state?.endsAt != null),
    getAddParticipantFromCallCapability: isPhone ? null : mod(),
    getUpdateLockStatusCapability: mod(),
    getStartRecordingCapability: record(state?.recording === 'off'),
    getStopRecordingCapability: record(state?.recording !== 'off'),
    getPauseRecordingCapability: record(state?.recording === 'on'),
    getResumeRecordingCapability: record(state?.recording === 'paused'),
  };
}
