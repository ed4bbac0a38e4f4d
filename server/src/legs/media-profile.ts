/**
 * How the sound of a leg travels; it holds for the leg's life, since an offer is of one profile:
 *
 * - `rtp`   plain RTP (RFC 3551)
 * - `sdes`  SRTP whose keys are in the description (RFC 4568), so signalling must be secret
 * - `dtls`  SRTP whose keys are agreed by DTLS on the media path (RFC 5764), as browsers have it
 */
export const mediaProfiles = ['rtp', 'sdes', 'dtls'] as const;
export type MediaProfile = (typeof mediaProfiles)[number];
