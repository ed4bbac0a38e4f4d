import { AppError } from '../base/app-error.ts';

/**
 * How the sound of a leg travels; it holds for the leg's life, since an offer is of one profile:
 *
 * - `rtp`   plain RTP (RFC 3551)
 * - `sdes`  SRTP whose keys are in the description (RFC 4568), so signalling must be secret
 * - `dtls`  SRTP whose keys are agreed by DTLS on the media path (RFC 5764), as browsers have it
 */
export const mediaProfiles = ['rtp', 'sdes', 'dtls'] as const;
export type MediaProfile = (typeof mediaProfiles)[number];

/** What can be spoken here. */
const spoken: ReadonlySet<MediaProfile> = new Set(['rtp', 'sdes']);

export function isSpoken(profile: MediaProfile): boolean {
  return spoken.has(profile);
}

/** Why a leg of this profile cannot be; null: it can. */
export function profileRefusal(profile: MediaProfile): AppError | null {
  if (isSpoken(profile)) return null;
  const why = 'Incompatible transport protocol: RTP/AVP and RTP/SAVP are spoken here';
  return new AppError('notAcceptableMedia', why, { profile }, 488);
}
