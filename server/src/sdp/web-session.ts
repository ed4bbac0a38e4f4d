import { parse } from 'sdp-transform';
import { areIceCredentials } from './ice-fragment.ts';
import { type Direction, readFormats, readMediaLine, type TelephoneEvent } from './session.ts';

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
  /** The place of the sound among all media lines. */
  readonly index: number;
  /** Every media line: kind, protocol and a payload type, to be refused but for ours. */
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
const fingerprintText = /^[0-9A-F]{2}(?::[0-9A-F]{2}){15,63}$/;

function bad(detail: string): Extract<WebOfferRead, { readonly ok: false }> {
  return { ok: false, code: 'badOffer', detail };
}

export function readWebOffer(text: string): WebOfferRead {
  if (text.length > longest) return bad('The description is too long.');
  if (!/^v=0\r?\n/.test(text)) return bad('This is no session description: it must begin with v=0.');
  const { lines, fingerprints, rest } = sectionsOf(text);
  let session: Session;
  try {
    session = parse(rest);
  } catch {
    return bad('The session description cannot be read.');
  }
  if (lines.length > mostLines) return bad(`There are more than ${mostLines} media lines.`);
  let refusal: WebOfferRead = { ok: false, code: 'noAudio', detail: 'No sound is offered.' };
  for (const [index, line] of lines.entries()) {
    const media = session.media[index];
    if (media === undefined || line.type !== 'audio' || isDisabled(line, media, session)) continue;
    const read = readSound(session, media, line, [fingerprints[index + 1]!, fingerprints[0]!]);
    if (read.ok) return { ok: true, offer: { ...read.sound, index, lines: refusable(session, lines) } };
    if (refusal.code === 'noAudio') refusal = read;
  }
  return refusal;
}

type Session = ReturnType<typeof parse>;
type Media = Session['media'][number];
type Line = ReturnType<typeof readMediaLine>;
type Sound = Omit<WebOffer, 'lines' | 'index'>;
type SoundRead = { readonly ok: true; readonly sound: Sound } | Extract<WebOfferRead, { readonly ok: false }>;

/**
 * Media lines are read as those of phones; what says `fingerprint`, of the session first and then of each line, is kept
 * whole, as there may be several (RFC 8122 §5); the rest is for whoever reads attributes.
 */
function sectionsOf(text: string): { lines: Line[]; fingerprints: string[][]; rest: string } {
  const lines: Line[] = [];
  const fingerprints: string[][] = [[]];
  const rest: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.startsWith('m=')) {
      lines.push(readMediaLine(line.slice(2)));
      fingerprints.push([]);
      rest.push('m=audio 9 UDP/TLS/RTP/SAVPF 0');
    } else if (/^a=fingerprint:/i.test(line)) fingerprints.at(-1)!.push(line.slice('a=fingerprint:'.length));
    else rest.push(line);
  }
  return { lines, fingerprints, rest: `${rest.join('\r\n')}\r\n` };
}

/** Port 0, or none; what may only be had in the bundle has port 0, too (RFC 9143 §6). */
function isDisabled({ port }: Line, { mid, bundleOnly }: Media, { groups }: Session): boolean {
  if (port !== 0) return port === null;
  const bundled = (groups ?? []).filter(({ type }) => type === 'BUNDLE').flatMap(({ mids }) => String(mids).split(' '));
  return bundleOnly === undefined || !bundled.includes(String(mid ?? ''));
}

function refusable({ media }: Session, lines: readonly Line[]): WebOffer['lines'] {
  return lines.map(({ type, protocol, firstFormat }, index) => {
    const mid = String(media[index]?.mid ?? '');
    return { mid: token.test(mid) ? mid : '', type, protocol, payloads: firstFormat };
  });
}

/** `fingerprints`: of the line, and of the session for a line without one. */
function readSound(
  session: Session,
  media: Media,
  { protocol, types }: Line,
  fingerprints: readonly (readonly string[])[],
): SoundRead {
  const mid = String(media.mid ?? '');
  if (!token.test(mid)) return bad('The sound has no mid.');
  if (!/^UDP\/TLS\/RTP\/SAVPF?$/.test(protocol)) {
    return bad(`Sound over ${protocol.slice(0, 40)} is not spoken here: UDP/TLS/RTP/SAVPF is.`);
  }
  if (media.rtcpMux === undefined) return bad('rtcp-mux is missing.');
  const iceUfrag = String(media.iceUfrag ?? session.iceUfrag ?? '');
  const icePwd = String(media.icePwd ?? session.icePwd ?? '');
  if (!areIceCredentials({ iceUfrag, icePwd })) {
    return bad('ice-ufrag or ice-pwd is missing or malformed.');
  }
  const fingerprint = (fingerprints.find((some) => some.length > 0) ?? []).map(readFingerprint).find((one) => one);
  if (fingerprint == null) return bad('The DTLS fingerprint is missing or malformed.');
  const setup = media.setup ?? session.setup ?? 'actpass';
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') return bad('a=setup is none of an offer.');
  return {
    ok: true,
    sound: {
      mid,
      iceUfrag,
      icePwd,
      fingerprint,
      setup,
      ...formatsOf(media, types),
      ssrcs: [...new Set((media.ssrcs ?? []).map(({ id }) => Number(id)))].slice(0, 4),
      direction: media.direction ?? session.direction ?? 'sendrecv',
      audioLevel: extensionOf(media, audioLevelUri),
      feedback: feedbackOf(media),
    },
  };
}

function readFingerprint(text: string): Fingerprint | null {
  const [algorithm = '', value = ''] = text.trim().split(/[ \t]+/);
  const read = { algorithm: algorithm.toLowerCase(), value: value.toUpperCase() };
  return /^sha-(?:1|224|256|384|512)$/.test(read.algorithm) && fingerprintText.test(read.value) ? read : null;
}

/** The number of a header extension as it has one byte per element (RFC 8285 §4.2); null when it is not offered. */
function extensionOf({ ext }: Media, uri: string): number | null {
  const value = ext?.find((one) => one.uri === uri)?.value ?? null;
  return typeof value === 'number' && value >= 1 && value <= 14 ? value : null;
}

function feedbackOf(media: Media): WebOffer['feedback'] {
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

function formatsOf(media: Media, types: readonly string[]): Pick<WebOffer, 'formats' | 'telephoneEvents'> {
  const { formats, telephoneEvents } = readFormats(media, types);
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
  for (const [index, line] of offer.lines.entries()) {
    if (index === offer.index) lines.push(...soundLines(offer, answer));
    else {
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
