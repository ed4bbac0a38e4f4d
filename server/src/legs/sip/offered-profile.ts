import type { MediaLine } from '../../sdp/session.ts';
import type { TransportKind } from '../../sip/transport/flow.ts';
import type { MediaProfile } from '../media-profile.ts';
import type { SrtpPolicy } from './leg-srtp.ts';

/** Profiles of m= lines (RFC 3551, 4585, 3711, 5124, 5764), in upper case. */
const ofProtocol: Readonly<Record<string, MediaProfile>> = {
  'RTP/AVP': 'rtp',
  'RTP/AVPF': 'rtp',
  'RTP/SAVP': 'sdes',
  'RTP/SAVPF': 'sdes',
  'UDP/TLS/RTP/SAVP': 'dtls',
  'UDP/TLS/RTP/SAVPF': 'dtls',
};

/** What legs by SIP speak. */
const spoken: ReadonlySet<MediaProfile> = new Set(['rtp', 'sdes']);

export function isSpoken(profile: MediaProfile): boolean {
  return spoken.has(profile);
}

/**
 * The profile of a leg whose offer was read: the first that is spoken here, else the first; null: the offer has no
 * audio at all. Under `rtp` there may be keys as well.
 */
export function profileOfOffer(lines: readonly MediaLine[], srtp: SrtpPolicy): MediaProfile | null {
  const offered = lines.flatMap(({ type, port, protocol }) => {
    const profile = type === 'audio' && port !== 0 ? ofProtocol[protocol.toUpperCase()] : undefined;
    return profile === undefined ? [] : [profile];
  });
  const isTaken = (profile: MediaProfile) => isSpoken(profile) && (profile !== 'sdes' || srtp !== 'off');
  return offered.find(isTaken) ?? offered[0] ?? null;
}

/**
 * The profile of a phone we make the offer to, by the way on which it registered or called: WebSocket is how browsers
 * come (RFC 7118), and over TLS keys can be told. What comes over UDP or TCP gets no keys of ours, since everybody on
 * the way would read them, unless sound without keys will not do at all.
 */
export function profileOfTransport(kind: TransportKind, srtp: SrtpPolicy): MediaProfile {
  if (kind === 'ws' || kind === 'wss') return 'dtls';
  return srtp === 'required' || (srtp === 'optional' && kind === 'tls') ? 'sdes' : 'rtp';
}
