import { CapabilityDenialReason } from '../base-enums.ts';
import type { Denials } from '../capabilities.ts';
import { CallStates } from './call-enums.ts';
import { isLive } from './call-states.ts';

const {
  CAPABILITY_INVALID_STATE: invalidState,
  CAPABILITY_NOT_SUPPORTED: notSupported,
  CAPABILITY_CALL_HAS_NO_VIDEO: noVideo,
} = CapabilityDenialReason;

/** Why one is never there. */
export function absentCapability(name: string): string {
  return /Video/.test(name) ? noVideo : notSupported;
}

/** What can be done in a call now. */
export function callDenials(call: {
  readonly state: string;
  readonly isOnline: boolean;
  readonly isMuted: boolean;
  readonly isSpeakerMuted: boolean;
  /** It is one of an extension. */
  readonly isPhone: boolean;
  /** What is called is heard before it answers. */
  readonly isHeardEarly: boolean;
}): Denials {
  const { state, isOnline, isMuted, isSpeakerMuted, isPhone, isHeardEarly } = call;
  const live = isLive(state);
  const established = state === CallStates.ESTABLISHED;
  const takesDigits = established || (state === CallStates.REMOTE_ALERTING && isHeardEarly);
  const allow = (allowed: boolean) => (allowed ? null : invalidState);
  return {
    getHoldCapability: allow(established && isOnline),
    getUnholdCapability: allow(state === CallStates.HELD && isOnline),
    getMuteCapability: allow(live && !isMuted),
    getUnmuteCapability: allow(live && isMuted),
    getMuteSpeakerCapability: allow(live && !isSpeakerMuted),
    getUnmuteSpeakerCapability: allow(live && isSpeakerMuted),
    getSendDTMFCapability: allow(takesDigits && isOnline),
    getUpdateAudioModeCapability: allow(live),
    getTransferCapability: isPhone ? allow(live && isOnline) : notSupported,
    getTransferToCapability: isPhone ? allow(live && isOnline) : notSupported,
  };
}
