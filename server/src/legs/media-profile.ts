import { AppError } from '../base/app-error.ts';
import type { MediaLine } from '../sdp/session.ts';
import type { TransportKind } from '../sip/transport/flow.ts';

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
const spoken: ReadonlySet<MediaProfile> = new Set(['rtp']);

/** Why a leg of this profile cannot be; null: it can. */
export function profileRefusal(profile: MediaProfile): AppError | null {
  if (spoken.has(profile)) return null;
  return new AppError('notAcceptableMedia', 'Incompatible transport protocol: RTP/AVP is spoken here', { profile });
}

/** Profiles of m= lines (RFC 3551, 4585, 3711, 5124, 5764), in upper case. */
const ofProtocol: Readonly<Record<string, MediaProfile>> = {
  'RTP/AVP': 'rtp',
  'RTP/AVPF': 'rtp',
  'RTP/SAVP': 'sdes',
  'RTP/SAVPF': 'sdes',
  'UDP/TLS/RTP/SAVP': 'dtls',
  'UDP/TLS/RTP/SAVPF': 'dtls',
};

/** The profile of a leg whose offer was read: the first that can be spoken here, else the first; null: the offer has no audio at all. */
export function profileOfOffer(lines: readonly MediaLine[]): MediaProfile | null {
  const offered = lines.flatMap(({ type, port, protocol }) => {
    const profile = type === 'audio' && port !== 0 ? ofProtocol[protocol.toUpperCase()] : undefined;
    return profile === undefined ? [] : [profile];
  });
  return offered.find((profile) => spoken.has(profile)) ?? offered[0] ?? null;
}

/**
 * The profile of a phone we make the offer to, by the way on which it registered or called: WebSocket is how browsers come (RFC 7118), and
 * over TLS keys can be told. What comes over UDP or TCP gets no keys: everybody on the way would read them.
 */
export function profileOfTransport(kind: TransportKind): MediaProfile {
  return kind === 'udp' || kind === 'tcp' ? 'rtp' : kind === 'tls' ? 'sdes' : 'dtls';
}
