import { type SessionDescription, write } from 'sdp-transform';
import { ipVersion } from '../base/ip-address.ts';
import {
  type AudioFormat,
  type Direction,
  type MediaLine,
  type ParsedSession,
  parseSession,
  type RemoteAudio,
  type SdpWarning,
} from './session.ts';

/*
 * Offer and answer (RFC 3264) for one audio stream, as pure functions: descriptions in, descriptions and what was
 * agreed out. Who keeps the session's id and version, and when a new offer goes out, is the caller's business.
 */

export type { AudioFormat, Direction, ParsedSession, RemoteAudio } from './session.ts';
export { parseSession } from './session.ts';

/** Our side of the audio stream. */
export interface LocalAudio {
  readonly address: string;
  readonly port: number;
  /** Null, or one above `port`, is not mentioned. */
  readonly rtcpPort: number | null;
  /** In order of preference. */
  readonly formats: readonly AudioFormat[];
  /** Payload type of telephone-event (RFC 4733) in our offers; null offers none and accepts none. */
  readonly telephoneEvent: number | null;
  readonly ptime: number;
  readonly direction: Direction;
  readonly sessionId: string;
  readonly sessionVersion: number;
}

/** What both sides agreed on. */
export interface Negotiated {
  readonly send: { readonly format: AudioFormat; readonly ptime: number };
  readonly receive: readonly AudioFormat[];
  /** Payload type of the digits we receive. */
  readonly telephoneEvent: number | null;
  /** Payload type of the digits we send; differs only where an answer renumbered it. */
  readonly telephoneEventSend: number | null;
  /** Null while the other side gives no address (hold by 0.0.0.0): send nothing. */
  readonly remote: {
    readonly address: string;
    readonly port: number;
    readonly rtcp: { readonly address: string; readonly port: number } | null;
  } | null;
  /** Ours, after the answer. */
  readonly direction: Direction;
  readonly remoteHeld: boolean;
  /** The m= lines of the session in order; later offers must keep them (RFC 3264 8). */
  readonly shape: SessionShape;
}

export interface SessionShape {
  readonly lines: readonly MediaLine[];
  readonly audioIndex: number;
}

/** `warning` is the text of a Warning header with its code in front: `305 Incompatible media format: …`. */
export interface Refusal {
  readonly ok: false;
  readonly status: 488;
  readonly warning: string;
}

export type AnswerResult = { readonly ok: true; readonly sdp: string; readonly negotiated: Negotiated } | Refusal;

export const pcmu: AudioFormat = { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1, fmtp: null };
export const pcma: AudioFormat = { payloadType: 8, name: 'PCMA', clockRate: 8000, channels: 1, fmtp: null };

/** Why an offer can't be answered with these formats, as far as that is known before our address is; null when it can. */
export function refusalOf(offer: ParsedSession, ours: readonly AudioFormat[]): Refusal | null {
  const audio = offer.audio;
  if (audio === null || audio.port === 0) {
    return notAcceptable(offer.warning ?? { code: 304, text: 'Media type not available' });
  }
  if (inCommon(audio, ours).length > 0) return null;
  const names = ours.map((format) => format.name).join(' and ');
  return notAcceptable({ code: 305, text: `Incompatible media format: ${names} are spoken here` });
}

/** Answers an offer: formats in the offerer's order and numbering (RFC 3264 6.1), every other m= line refused. */
export function answer(offer: ParsedSession, local: LocalAudio): AnswerResult {
  const refusal = refusalOf(offer, local.formats);
  if (refusal !== null) return refusal;
  const audio = offer.audio!;
  if (!audio.blackHole && ipVersion(audio.address) !== ipVersion(local.address)) {
    return notAcceptable({ code: 301, text: 'Incompatible network address formats' });
  }
  const formats = inCommon(audio, local.formats);
  const first = formats[0]!;
  const telephoneEvent = local.telephoneEvent === null ? null : eventFor(audio, first.clockRate);
  const direction = answerDirection(audio, local.direction);
  const ptime = choosePtime(audio, local.ptime);
  const shape: SessionShape = { lines: offer.lines, audioIndex: offer.audioIndex };
  return {
    ok: true,
    sdp: describe({ ...local, formats, telephoneEvent, direction, ptime }, shape, first.clockRate),
    negotiated: {
      send: { format: first, ptime },
      receive: formats,
      telephoneEvent,
      telephoneEventSend: telephoneEvent,
      remote: audio.blackHole ? null : { address: audio.address, port: audio.port, rtcp: audio.rtcp },
      direction,
      remoteHeld: audio.held,
      shape,
    },
  };
}

/** An offer of our audio; give the `shape` of a running session so that its m= lines stay in place. */
export function makeOffer(local: LocalAudio, shape: SessionShape | null = null): string {
  return describe(local, shape ?? freshShape, local.formats[0]?.clockRate ?? 8000);
}

/** What an answer to `offer` agreed on; `ok: false` when it refuses our audio or makes no sense. */
export function acceptAnswer(
  offer: LocalAudio,
  answerText: string,
  shape: SessionShape | null = null,
): { readonly ok: true; readonly negotiated: Negotiated } | { readonly ok: false; readonly reason: string } {
  const parsed = parseSession(answerText);
  if (!parsed.ok) return parsed;
  const audio = parsed.audio;
  if (audio === null || audio.port === 0) return { ok: false, reason: 'the answer refuses the audio stream' };
  if (!audio.blackHole && ipVersion(audio.address) !== ipVersion(offer.address)) {
    return { ok: false, reason: 'the answer has an address of another family' };
  }
  const send = audio.formats.find((format) => offer.formats.some((ours) => sameEncoding(ours, format)));
  if (send === undefined) return { ok: false, reason: 'the answer has no format of the offer' };
  const event = offer.telephoneEvent === null ? null : eventFor(audio, send.clockRate);
  return {
    ok: true,
    negotiated: {
      send: { format: send, ptime: choosePtime(audio, offer.ptime) },
      // Whoever offers must take whatever was offered, in the offer's numbering (RFC 3264 5.1).
      receive: offer.formats,
      telephoneEvent: event === null ? null : offer.telephoneEvent,
      telephoneEventSend: event,
      remote: audio.blackHole ? null : { address: audio.address, port: audio.port, rtcp: audio.rtcp },
      direction: answerDirection(audio, offer.direction),
      // An answer to our own hold is no hold of theirs.
      remoteHeld: audio.held && sends(offer.direction),
      shape: shape ?? { lines: parsed.lines, audioIndex: parsed.audioIndex },
    },
  };
}

/** Whether two descriptions of ours differ in nothing but their o= line, so that the version may stay. */
export function sameDescription(a: string, b: string): boolean {
  const withoutOrigin = (sdp: string) => sdp.replace(/^o=.*$/m, '');
  return withoutOrigin(a) === withoutOrigin(b);
}

const freshShape: SessionShape = {
  lines: [{ type: 'audio', port: 0, protocol: 'RTP/AVP', firstFormat: '0' }],
  audioIndex: 0,
};

function notAcceptable(warning: SdpWarning): Refusal {
  return { ok: false, status: 488, warning: `${warning.code} ${warning.text}` };
}

function inCommon(audio: RemoteAudio, ours: readonly AudioFormat[]): AudioFormat[] {
  return audio.formats.filter((format) => ours.some((own) => sameEncoding(own, format)));
}

function sameEncoding(a: AudioFormat, b: AudioFormat): boolean {
  return a.name === b.name && a.clockRate === b.clockRate && a.channels === b.channels;
}

/** The telephone-event that shares the codec's clock (RFC 4733 2.1), else the first. */
function eventFor(audio: RemoteAudio, clockRate: number): number | null {
  const event = audio.telephoneEvents.find((entry) => entry.clockRate === clockRate) ?? audio.telephoneEvent;
  return event?.payloadType ?? null;
}

const sends = (direction: Direction) => direction === 'sendrecv' || direction === 'sendonly';
const receives = (direction: Direction) => direction === 'sendrecv' || direction === 'recvonly';

/** Ours: what we want, less what the other side does not take part in (RFC 3264 6.1, and 8.4 for 0.0.0.0). */
function answerDirection(audio: RemoteAudio, wanted: Direction): Direction {
  const send = sends(wanted) && receives(audio.direction) && !audio.blackHole;
  const receive = receives(wanted) && sends(audio.direction);
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

/** The packet length the other side asks for, in whole 10 ms from 10 to 60 and within its maximum. */
function choosePtime(audio: RemoteAudio, preferred: number): number {
  const wanted = Math.min(audio.ptime ?? preferred, audio.maxptime ?? 60, 60);
  return Math.max(10, Math.floor(wanted / 10) * 10);
}

function describe(local: LocalAudio, shape: SessionShape, eventRate: number): string {
  const ipVer = ipVersion(local.address) === 6 ? 6 : 4;
  const media: SessionDescription['media'] = shape.lines.map((line, index) =>
    index === shape.audioIndex
      ? audioLine(local, line.protocol, eventRate)
      : { type: line.type, port: 0, protocol: line.protocol, payloads: line.firstFormat, rtp: [], fmtp: [] },
  );
  return write({
    version: 0,
    // The user name is alphanumeric because some peers choke on the usual "-".
    origin: {
      username: 'partyline',
      sessionId: local.sessionId,
      sessionVersion: local.sessionVersion,
      netType: 'IN',
      ipVer,
      address: local.address,
    },
    name: 'partyline',
    connection: { version: ipVer, ip: local.address },
    timing: { start: 0, stop: 0 },
    media,
  });
}

function audioLine(local: LocalAudio, protocol: string, eventRate: number): SessionDescription['media'][number] {
  const payloads = local.formats.map((format) => format.payloadType);
  const rtp = local.formats.map((format) => ({
    payload: format.payloadType,
    codec: format.name,
    rate: format.clockRate,
    ...(format.channels === 2 ? { encoding: 2 } : {}),
  }));
  const fmtp: { payload: number; config: string }[] = [];
  if (local.telephoneEvent !== null) {
    payloads.push(local.telephoneEvent);
    rtp.push({ payload: local.telephoneEvent, codec: 'telephone-event', rate: eventRate });
    fmtp.push({ payload: local.telephoneEvent, config: '0-15' });
  }
  return {
    type: 'audio',
    port: local.port,
    protocol,
    payloads: payloads.join(' '),
    rtp,
    fmtp,
    ptime: local.ptime,
    direction: local.direction,
    ...(local.rtcpPort === null || local.rtcpPort === local.port + 1 ? {} : { rtcp: { port: local.rtcpPort } }),
  };
}
