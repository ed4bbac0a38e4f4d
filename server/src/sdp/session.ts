import { parse, type SessionDescription } from 'sdp-transform';
import { ipVersion } from '../base/ip-address.ts';
import { type CryptoAttribute, mostCryptoLines, readCrypto } from './crypto-attribute.ts';

/*
 * Reading a session description (RFC 8866) down to the one audio stream a telephone leg has.
 * What arrives is hostile: sizes are bounded first, nothing here throws, and what is echoed later is checked tokens.
 */

export interface AudioFormat {
  readonly payloadType: number;
  /** Encoding name in upper case: PCMU, PCMA, … */
  readonly name: string;
  readonly clockRate: number;
  readonly channels: 1 | 2;
  readonly fmtp: string | null;
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What the other side says of its audio stream. Directions are its own, not ours. */
export interface RemoteAudio {
  readonly address: string;
  /** 0 = the stream is refused. */
  readonly port: number;
  readonly rtcp: { readonly address: string; readonly port: number } | null;
  readonly rtcpMux: boolean;
  readonly formats: readonly AudioFormat[];
  readonly telephoneEvent: TelephoneEvent | null;
  /** Every telephone-event format, since wideband codecs bring one of their own clock rate. */
  readonly telephoneEvents: readonly TelephoneEvent[];
  readonly ptime: number | null;
  readonly maxptime: number | null;
  readonly direction: Direction;
  /** The address says "send nowhere": 0.0.0.0 (RFC 2543 hold), :: or a name under .invalid. */
  readonly blackHole: boolean;
  /** It does not hear us: `blackHole`, or its direction is sendonly or inactive. A hold where it heard us before. */
  readonly held: boolean;
  /** Its m= line is of RTP/SAVP (RFC 3711, RFC 5124): `crypto` has something then, unless the stream is refused. */
  readonly secureProfile: boolean;
  /** The keys that can be used, in its order (RFC 4568). */
  readonly crypto: readonly CryptoAttribute[];
}

export interface TelephoneEvent {
  readonly payloadType: number;
  readonly clockRate: number;
}

/** One m= line as far as refusing it needs it. */
export interface MediaLine {
  readonly type: string;
  /** 0: disabled, or a number that is no port. Null: the line is malformed, and can only be refused. */
  readonly port: number | null;
  readonly protocol: string;
  readonly firstFormat: string;
}

/** A Warning header code (RFC 3261 20.43) with words that may be shown to the peer. */
export interface SdpWarning {
  readonly code: 301 | 302 | 304 | 305 | 330;
  readonly text: string;
}

/** One m=audio line: `audio`, or why nothing can be heard over it. */
export type AudioStream = { readonly index: number } & (
  | { readonly audio: RemoteAudio; readonly warning: null }
  | { readonly audio: null; readonly warning: SdpWarning }
);

export interface ParsedSession {
  /**
   * The first audio stream we could talk over, whatever its formats; null when there is none, and then `warning` says
   * why.
   */
  readonly audio: RemoteAudio | null;
  readonly audioIndex: number;
  readonly warning: SdpWarning | null;
  /** All audio lines in order, disabled ones too. */
  readonly streams: readonly AudioStream[];
  readonly mediaCount: number;
  readonly lines: readonly MediaLine[];
}

export type SessionResult = ({ readonly ok: true } & ParsedSession) | { readonly ok: false; readonly reason: string };

/** What a SIP message may carry at all. */
const maxBytes = 65_536;
/** Of the lines that are read; longer ones count as not understood. */
const maxLineLength = 1_024;
const maxMediaLines = 128;
/** There are no more payload types. */
const maxFormats = 128;

/**
 * RFC 8866 §5.14: `<media> <port>["/"<count>] <proto> <fmt> …`, media and proto of token characters. A list of formats
 * may be missing: some leave it out when they refuse a line.
 */
const mediaLinePattern = /^([!#-'*+\-.0-9A-Z^-~]+)[ \t]+(\d+)(?:\/\d+)?[ \t]+([!#-'*+\-./0-9A-Z^-~]+)(?:[ \t]+(.*))?$/;
/** The attributes that matter here. All others, however long, are left alone. */
const attributePattern =
  /^a=(?:(?:rtpmap|fmtp|ptime|maxptime|rtcp):|(?:sendrecv|sendonly|recvonly|inactive|rtcp-mux)[ \t]*$)/;

/** A time to live, which only multicast addresses have (RFC 8866 §5.7), behind another one. */
const unicastTtl = /\/\d{1,3}$/;

/** Payload types with a meaning of their own (RFC 3551 table 4); the others need an rtpmap. */
const staticFormats: ReadonlyMap<number, AudioFormat> = new Map(
  (
    [
      [0, 'PCMU'],
      [3, 'GSM'],
      [4, 'G723'],
      [8, 'PCMA'],
      [9, 'G722'],
      [18, 'G729'],
    ] as const
  ).map(([payloadType, name]) => [payloadType, { payloadType, name, clockRate: 8000, channels: 1, fmtp: null }]),
);

/** Reads a session description of at most 64 KB. Never throws. */
export function parseSession(text: string): SessionResult {
  if (text.length > maxBytes) return refused('session description too long');
  // What splits messages into lines may leave an empty one in front.
  const lines = text.trimStart().split(/\r\n|\r|\n/);
  if (lines[0]?.trimEnd() !== 'v=0') return refused('no v=0 line');
  const media: MediaLine[] = [];
  const formats: (readonly string[])[] = [];
  const crypto: string[][] = [];
  const read: string[] = [];
  for (const line of lines) {
    if (line.startsWith('m=')) {
      if (media.length >= maxMediaLines) return refused('too many m= lines');
      const { types, ...described } = readMediaLine(line.slice(2));
      media.push(described);
      formats.push(types);
      crypto.push([]);
      read.push('m=audio 0 RTP/AVP 0');
    } else if (line.length <= maxLineLength && (line.startsWith('c=') || attributePattern.test(line))) {
      read.push(withSingleBlanks(line));
    } else if (line.length <= maxLineLength && /^a=crypto:/i.test(line)) {
      // Of a stream alone (RFC 4568 §4).
      const lines = crypto.at(-1);
      if (lines !== undefined && lines.length < mostCryptoLines) lines.push(line);
    }
  }
  let session: SessionDescription;
  try {
    session = parse(`${read.join('\r\n')}\r\n`);
  } catch {
    return refused('malformed session description');
  }
  const streams = media.flatMap((line, index): AudioStream[] => {
    if (line.type !== 'audio') return [];
    const audio = readAudio(session, index, line, formats[index]!, crypto[index]!);
    return ['code' in audio ? { index, audio: null, warning: audio } : { index, audio, warning: null }];
  });
  return { ok: true, mediaCount: media.length, lines: media, streams, ...firstOf(streams) };
}

/**
 * What follows `m=`; `types` is its formats. One that is malformed keeps its place, and as much of itself as can be
 * sent back when it is refused.
 */
export function readMediaLine(text: string): MediaLine & { readonly types: readonly string[] } {
  const match = mediaLinePattern.exec(text);
  const words = text.slice(0, maxLineLength).split(/[ \t]+/);
  const [, type = '', number, protocol = '', list = ''] = match ?? ['', words[0], undefined, words[2]];
  const types = list.split(/[ \t]+/).filter((token) => token !== '');
  const port = number === undefined ? null : Number(number);
  return {
    type: isToken(type) ? type : 'application',
    port: port !== null && port > 65_535 ? 0 : port,
    protocol: isToken(protocol.replaceAll('/', '')) ? protocol : 'RTP/AVP',
    firstFormat: types[0] !== undefined && /^[\x21-\x7e]{1,64}$/.test(types[0]) ? types[0] : '0',
    types,
  };
}

function isToken(text: string): boolean {
  return /^[!#-'*+\-.0-9A-Z^-~]{1,64}$/.test(text);
}

/** `a=rtpmap: 96  PCMU/8000/` is what some write, and nobody means anything else by it. */
function withSingleBlanks(line: string): string {
  return line
    .replace(/^a=([a-z]+):[ \t]+/, 'a=$1:')
    .replace(/[ \t]+/g, ' ')
    .replace(/^(a=rtpmap:.*)\/ ?$/, '$1');
}

function refused(reason: string): SessionResult {
  return { ok: false, reason };
}

const plainProtocols: readonly string[] = ['RTP/AVP', 'RTP/AVPF'];
/** SRTP whose keys are in the description; those of RFC 5764 are not read here. */
const secureProtocols: readonly string[] = ['RTP/SAVP', 'RTP/SAVPF'];

/** Why there is nothing to talk over in a description whose audio lines are all disabled, or that has none. */
export const noAudio: SdpWarning = { code: 304, text: 'Media type not available: an audio stream is needed' };
const malformed: SdpWarning = { code: 304, text: 'Media type not available: malformed media line' };

/** The first with a port, else the first that is disabled. */
function firstOf(streams: readonly AudioStream[]): Pick<ParsedSession, 'audio' | 'audioIndex' | 'warning'> {
  const readable = streams.filter(({ audio }) => audio !== null);
  const live = readable.find(({ audio }) => audio!.port !== 0);
  if (live !== undefined) return { audio: live.audio, audioIndex: live.index, warning: null };
  const warning = streams.findLast((stream) => stream.warning !== null)?.warning ?? noAudio;
  const disabled = readable[0];
  return { audio: disabled?.audio ?? null, audioIndex: disabled?.index ?? -1, warning };
}

function readAudio(
  session: SessionDescription,
  index: number,
  { port, protocol }: MediaLine,
  types: readonly string[],
  cryptoLines: readonly string[],
): RemoteAudio | SdpWarning {
  const media = session.media[index];
  if (media === undefined) return noAudio;
  if (port === null) return malformed;
  const secureProfile = secureProtocols.includes(protocol);
  if (port !== 0 && !secureProfile && !plainProtocols.includes(protocol)) {
    return { code: 302, text: 'Incompatible transport protocol: RTP/AVP and RTP/SAVP are spoken here' };
  }
  const crypto = cryptoLines.flatMap((line) => readCrypto(line) ?? []);
  if (port !== 0 && secureProfile && crypto.length === 0) {
    return { code: 302, text: 'Incompatible transport protocol: no usable crypto attribute' };
  }
  // Where a disabled stream would go does not matter.
  const connection = String(media.connection?.ip ?? session.connection?.ip ?? '').replace(unicastTtl, '');
  const address = port === 0 ? '0.0.0.0' : readAddress(connection);
  if (typeof address !== 'string') return address;
  const blackHole = isBlackHole(address);
  const { formats, telephoneEvents } = readFormats(media, types);
  const direction = media.direction ?? session.direction ?? 'sendrecv';
  const rtcpMux = media.rtcpMux !== undefined;
  return {
    address,
    port,
    rtcp: readRtcp(media, address, port, rtcpMux),
    rtcpMux,
    formats,
    telephoneEvent: telephoneEvents.find((event) => event.clockRate === 8000) ?? telephoneEvents[0] ?? null,
    telephoneEvents,
    ptime: readMilliseconds(media.ptime),
    maxptime: readMilliseconds(media.maxptime),
    direction,
    blackHole,
    held: blackHole || direction === 'sendonly' || direction === 'inactive',
    secureProfile,
    crypto,
  };
}

/** A unicast IP address, or one of the "nowhere" forms. Names are not looked up. */
function readAddress(text: string): string | SdpWarning {
  if (isBlackHole(text)) return text;
  const version = ipVersion(text);
  if (version === 4) {
    const first = Number(text.slice(0, text.indexOf('.')));
    if (first < 224) return text;
    return { code: 330, text: 'Multicast not available' };
  }
  if (version === 6 && !text.includes('%')) {
    return /^ff/i.test(text) ? { code: 330, text: 'Multicast not available' } : text.toLowerCase();
  }
  if (/^(22[4-9]|23\d)\./.test(text)) return { code: 330, text: 'Multicast not available' };
  return { code: 301, text: 'Incompatible network address formats: a numeric address is needed' };
}

function isBlackHole(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || /\.invalid$/i.test(address);
}

/** The formats of a media line, each once; what cannot be one is left out. `types`: the payload types it lists. */
export function readFormats(
  media: SessionDescription['media'][number],
  types: readonly string[],
): { formats: AudioFormat[]; telephoneEvents: TelephoneEvent[] } {
  const formats: AudioFormat[] = [];
  const telephoneEvents: TelephoneEvent[] = [];
  const seen = new Set<number>();
  for (const token of types) {
    const payloadType = /^\d{1,3}$/.test(token) ? Number(token) : 128;
    if (payloadType > 127 || seen.has(payloadType) || seen.size >= maxFormats) continue;
    seen.add(payloadType);
    const format = readFormat(media, payloadType);
    if (format === null) continue;
    if (format.name === 'TELEPHONE-EVENT') telephoneEvents.push({ payloadType, clockRate: format.clockRate });
    else formats.push(format);
  }
  return { formats, telephoneEvents };
}

function readFormat(media: SessionDescription['media'][number], payloadType: number): AudioFormat | null {
  const config = media.fmtp.find((entry) => Number(entry.payload) === payloadType)?.config;
  const fmtp = config === undefined ? null : String(config);
  const map = media.rtp.find((entry) => Number(entry.payload) === payloadType);
  if (map === undefined) {
    const known = staticFormats.get(payloadType);
    return known === undefined ? null : { ...known, fmtp };
  }
  const clockRate = Number(map.rate ?? 8000);
  const channels = map.encoding === undefined ? 1 : Number(map.encoding);
  if (!Number.isInteger(clockRate) || clockRate < 1 || clockRate > 192_000) return null;
  if (channels !== 1 && channels !== 2) return null;
  return { payloadType, name: String(map.codec).toUpperCase(), clockRate, channels, fmtp };
}

/**
 * RFC 3605; without the attribute the port above (RFC 3550 11). We never answer rtcp-mux, so what is offered with it
 * holds nothing (RFC 5761 5.1.1): then the RTP port named again is no port for RTCP either.
 */
function readRtcp(
  media: SessionDescription['media'][number],
  address: string,
  port: number,
  mux: boolean,
): RemoteAudio['rtcp'] {
  if (port === 0) return null;
  const given = Number(media.rtcp?.port ?? Number.NaN);
  if (Number.isInteger(given) && given > 0 && given <= 65_535 && !(mux && given === port)) {
    const elsewhere = media.rtcp?.address === undefined ? address : readAddress(String(media.rtcp.address));
    return { address: typeof elsewhere === 'string' ? elsewhere : address, port: given };
  }
  return port < 65_535 ? { address, port: port + 1 } : null;
}

function readMilliseconds(value: unknown): number | null {
  const number = Number(value ?? Number.NaN);
  return Number.isFinite(number) && number >= 1 && number <= 1000 ? number : null;
}
