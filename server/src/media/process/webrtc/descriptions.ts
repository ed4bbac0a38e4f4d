import type { IceDtls, WebRtcRequest } from '../../channel/commands.ts';

/**
 * The library below speaks session descriptions, we speak values: here they become one another, and nowhere else in the
 * media process.
 */

/**
 * The browser's offer as the library is told it, with the sound alone and without candidates: none of them is sent
 * anything before it has asked.
 */
export function offerText(request: WebRtcRequest): string {
  const { mid, formats, ssrcs, fingerprint } = request;
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${formats.map(({ payloadType }) => payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${request.direction}`,
    'a=rtcp-mux',
    `a=ice-ufrag:${request.iceUfrag}`,
    `a=ice-pwd:${request.icePwd}`,
    'a=ice-options:trickle',
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    // Who offers both is spoken to first: as the side that waits, the library loses one handshake in a hundred, for
    // good (libdatachannel 1584), where the other's first words are there before it listens.
    `a=setup:${request.setup === 'actpass' ? 'passive' : request.setup}`,
    ...formats.map(({ payloadType, codec, clockRate }) => {
      const channels = codec === 'OPUS' ? '/2' : '';
      return `a=rtpmap:${payloadType} ${codec}/${clockRate}${channels}`;
    }),
    ...ssrcs.map((ssrc) => `a=ssrc:${ssrc} cname:browser`),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** What the library answers, as values; null when something is missing. */
export function valuesOf(answer: string): (IceDtls & { readonly candidates: readonly string[] }) | null {
  const of = (name: string) => new RegExp(`^a=${name}:(.+?)\\r?$`, 'm').exec(answer)?.[1];
  const [algorithm, value] = of('fingerprint')?.split(' ') ?? [];
  const iceUfrag = of('ice-ufrag');
  const icePwd = of('ice-pwd');
  const setup = of('setup');
  if (algorithm === undefined || value === undefined || iceUfrag === undefined || icePwd === undefined) return null;
  if (setup !== 'active' && setup !== 'passive') return null;
  const candidates = [...answer.matchAll(/^a=candidate:(.+?)\r?$/gm)].map(([, candidate = '']) => candidate);
  return { iceUfrag, icePwd, fingerprint: { algorithm, value }, setup, candidates };
}
