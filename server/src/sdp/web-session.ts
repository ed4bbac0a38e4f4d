import { parse } from 'sdp-transform';
import { type Direction, readFormats, type TelephoneEvent } from './session.ts';

/**
 * Session descriptions of browsers (RFC 8829, RFC 9429): reads an offer of one sound into values, and writes the
 * answer. What else is offered (video, data, more sounds) is refused in place with port 0.
 */

/** RFC 8122. */
export interface Fingerprint {
  /** `sha-256` */
  readonly algorithm: string;
  /** Pairs of upper-case hex digits with colons. */
  readonly value: string;
}

export type DtlsSetup = 'actpass' | 'active' | 'passive';

/** What ICE and DTLS of one side need. */
export interface IceDtls {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: Fingerprint;
  readonly setup: DtlsSetup;
}

export interface WebFormat {
  readonly payloadType: number;
  /** Upper case: `PCMU`, `OPUS`. */
  readonly codec: string;
  readonly clockRate: number;
}

/** Its candidates are not read: the browser is found by its own checks (peer-reflexive, RFC 8445 §7.3.1.3). */
export interface WebOffer extends IceDtls {
  readonly mid: string;
  /** In order of preference, without telephone events. */
  readonly formats: readonly WebFormat[];
  readonly telephoneEvents: readonly TelephoneEvent[];
  /** Of what the browser will send, where it says so. */
  readonly ssrcs: readonly number[];
  readonly direction: Direction;
  /** Number of the header extension for the level of what is sent (RFC 6464), null when it has none. */
  readonly audioLevel: number | null;
  /**
   * Where it reports on request that a packet came (transport-wide feedback): by which header extension, of what (`*`:
   * all).
   */
  readonly feedback: { readonly extension: number; readonly payloads: readonly string[] } | null;
  /** Every media line: kind, protocol and payload types, to be refused but for ours. */
  readonly lines: readonly {
    readonly mid: string;
    readonly type: string;
    readonly protocol: string;
    readonly payloads: string;
  }[];
}

export type WebOfferRead =
  | { readonly ok: true; readonly offer: WebOffer }
  | { readonly ok: false; readonly code: 'badOffer' | 'noAudio'; readonly detail: string };

const longest = 64 * 1024;
const mostLines = 32;
const audioLevelUri = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const transportFeedbackUri = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const token = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}$/;
const iceText = /^[A-Za-z0-9+/]{4,256}$/;
const fingerprintText = /^[0-9A-F]{2}(?::[0-9A-F]{2}){15,63}$/;

function bad(detail: string): WebOfferRead {
  return { ok: false, code: 'badOffer', detail };
}

export function readWebOffer(text: string): WebOfferRead {
  if (text.length > longest) return bad('The description is too long.');
  if (!/^v=0\r?\n/.test(text)) return bad('This is no session description: it must begin with v=0.');
  let session: ReturnType<typeof parse>;
  try {
    session = parse(text);
  } catch {
    return bad('The session description cannot be read.');
  }
  if (session.media.length > mostLines) return bad(`There are more than ${mostLines} media lines.`);
  const media = session.media.find(({ type, port }) => type === 'audio' && port !== 0);
  if (media === undefined) return { ok: false, code: 'noAudio', detail: 'No sound is offered.' };
  const mid = String(media.mid ?? '');
  if (!token.test(mid)) return bad('The sound has no mid.');
  if (!/^UDP\/TLS\/RTP\/SAVPF?$/.test(media.protocol)) {
    return bad(`Sound over ${media.protocol.slice(0, 40)} is not spoken here: UDP/TLS/RTP/SAVPF is.`);
  }
  if (media.rtcpMux === undefined) return bad('rtcp-mux is missing.');
  const iceUfrag = String(media.iceUfrag ?? session.iceUfrag ?? '');
  const icePwd = String(media.icePwd ?? session.icePwd ?? '');
  if (!iceText.test(iceUfrag) || !iceText.test(icePwd) || icePwd.length < 22) {
    return bad('ice-ufrag or ice-pwd is missing or malformed.');
  }
  const fingerprint = media.fingerprint ?? session.fingerprint;
  const value = String(fingerprint?.hash ?? '').toUpperCase();
  const algorithm = String(fingerprint?.type ?? '').toLowerCase();
  if (!/^sha-(?:1|224|256|384|512)$/.test(algorithm) || !fingerprintText.test(value)) {
    return bad('The DTLS fingerprint is missing or malformed.');
  }
  const setup = media.setup ?? session.setup ?? 'actpass';
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') return bad('a=setup is none of an offer.');
  return {
    ok: true,
    offer: {
      mid,
      iceUfrag,
      icePwd,
      fingerprint: { algorithm, value },
      setup,
      ...formatsOf(media),
      ssrcs: [...new Set((media.ssrcs ?? []).map(({ id }) => Number(id)))].slice(0, 4),
      direction: media.direction ?? session.direction ?? 'sendrecv',
      audioLevel: extensionOf(media, audioLevelUri),
      feedback: feedbackOf(media),
      lines: session.media.map((line) => ({
        mid: token.test(String(line.mid ?? '')) ? String(line.mid) : '',
        type: line.type,
        protocol: line.protocol,
        payloads: String(line.payloads ?? ''),
      })),
    },
  };
}

/** The number of a header extension as it has one byte per element (RFC 8285 §4.2); null when it is not offered. */
function extensionOf({ ext }: ReturnType<typeof parse>['media'][number], uri: string): number | null {
  const value = ext?.find((one) => one.uri === uri)?.value ?? null;
  return typeof value === 'number' && value >= 1 && value <= 14 ? value : null;
}

function feedbackOf(media: ReturnType<typeof parse>['media'][number]): WebOffer['feedback'] {
  const extension = extensionOf(media, transportFeedbackUri);
  const asked = (media.rtcpFb ?? []).filter(({ type }) => type === 'transport-cc').slice(0, mostLines);
  return extension === null ? null : { extension, payloads: asked.map(({ payload }) => String(payload)) };
}

/** The header extension by which one that only listens is asked whether it is there; null when there is none. */
export function askedIn({ direction, feedback }: WebOffer, { payloadType }: WebFormat): number | null {
  if (direction !== 'recvonly' || feedback === null) return null;
  const { extension, payloads } = feedback;
  return payloads.includes('*') || payloads.includes(String(payloadType)) ? extension : null;
}

function formatsOf(media: ReturnType<typeof parse>['media'][number]): Pick<WebOffer, 'formats' | 'telephoneEvents'> {
  const { formats, telephoneEvents } = readFormats(media, String(media.payloads ?? '').split(' '));
  return {
    formats: formats.map(({ payloadType, name, clockRate }) => ({ payloadType, codec: name, clockRate })),
    telephoneEvents,
  };
}

/** What both sides agreed on, for the answer. */
export interface WebAnswer extends IceDtls {
  /** Where we are reached, without `candidate:` in front (RFC 8839 §5.1). */
  readonly candidates: readonly string[];
  readonly format: WebFormat;
  readonly telephoneEvent: TelephoneEvent | null;
  /** Of what we send, and its name. */
  readonly ssrc: number;
  readonly cname: string;
  readonly sessionId: string;
}

/** A direction of the browser's, seen from here. */
export const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};
const encodingNames: Readonly<Record<string, string>> = { OPUS: 'opus/48000/2' };
const parameters: Readonly<Record<string, string>> = { OPUS: 'minptime=10;useinbandfec=1;usedtx=0' };

export function writeWebAnswer(offer: WebOffer, answer: WebAnswer): string {
  const lines = [
    'v=0',
    `o=- ${answer.sessionId} 1 IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${offer.mid}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS conference',
  ];
  let done = false;
  for (const line of offer.lines) {
    if (!done && line.mid === offer.mid) {
      done = true;
      lines.push(...soundLines(offer, answer));
    } else {
      lines.push(`m=${line.type} 0 ${line.protocol} ${line.payloads}`, 'c=IN IP4 0.0.0.0', 'a=inactive');
      if (line.mid !== '') lines.push(`a=mid:${line.mid}`);
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

function soundLines(offer: WebOffer, answer: WebAnswer): string[] {
  const { format, telephoneEvent: events, fingerprint } = answer;
  const { payloadType, codec } = format;
  const payloads = events === null ? `${payloadType}` : `${payloadType} ${events.payloadType}`;
  const fmtp = parameters[codec];
  const asks = askedIn(offer, format);
  return [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloads}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=mid:${offer.mid}`,
    `a=${mirrored[offer.direction]}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} ${encodingNames[codec] ?? `${codec}/${format.clockRate}`}`,
    ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    'a=ptime:20',
    ...(events === null
      ? []
      : [`a=rtpmap:${events.payloadType} telephone-event/${events.clockRate}`, `a=fmtp:${events.payloadType} 0-15`]),
    ...(offer.audioLevel === null ? [] : [`a=extmap:${offer.audioLevel} ${audioLevelUri}`]),
    ...(asks === null ? [] : [`a=rtcp-fb:${payloadType} transport-cc`, `a=extmap:${asks} ${transportFeedbackUri}`]),
    `a=msid:conference sound`,
    `a=ssrc:${answer.ssrc} cname:${answer.cname}`,
    `a=ice-ufrag:${answer.iceUfrag}`,
    `a=ice-pwd:${answer.icePwd}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    `a=setup:${answer.setup}`,
    ...answer.candidates.map((candidate) => `a=candidate:${candidate}`),
    'a=end-of-candidates',
  ];
}
