import type { MediaLine } from '../../sdp/session.ts';
import type { TransportKind } from '../../sip/transport/flow.ts';
import { isSpoken, type MediaProfile } from '../media-profile.ts';

/** Profiles of m= lines (RFC 3551, 4585, 3711, 5124, 5764), in upper case. */
const ofProtocol: Readonly<Record<string, MediaProfile>> = {
  'RTP/AVP': 'rtp',
  'RTP/AVPF': 'rtp',
  'RTP/SAVP': 'sdes',
  'RTP/SAVPF': 'sdes',
  'UDP/TLS/RTP/SAVP': 'dtls',
  'UDP/TLS/RTP/SAVPF': 'dtls',
};

/**
 * The profile of a leg whose offer was read: the first that can be spoken here, else the first; null: the offer has no
 * audio at all.
 */
export function profileOfOffer(lines: readonly MediaLine[]): MediaProfile | null {
  const offered = lines.flatMap(({ type, port, protocol }) => {
    const profile = type === 'audio' && port !== 0 ? ofProtocol[protocol.toUpperCase()] : undefined;
    return profile === undefined ? [] : [profile];
  });
  return offered.find(isSpoken) ?? offered[0] ?? null;
}

/**
 * The profile of a phone we make the offer to, by the way on which it registered or called: WebSocket is how browsers
 * come (RFC 7118), and over TLS keys can be told, where they are spoken; a desk phone takes plain RTP as well. What
 * comes over UDP or TCP gets no keys: everybody on the way would read them.
 */
export function profileOfTransport(kind: TransportKind, speaks: (profile: MediaProfile) => boolean): MediaProfile {
  if (kind === 'tls') return speaks('sdes') ? 'sdes' : 'rtp';
  return kind === 'udp' || kind === 'tcp' ? 'rtp' : 'dtls';
}
