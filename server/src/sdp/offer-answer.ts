import { ipVersion } from '../base/ip-address.ts';
import { describe, eventClock, type LocalAudio, opus, type SessionShape } from './own-description.ts';
import {
  type AudioFormat,
  type Direction,
  noAudio,
  type ParsedSession,
  parseSession,
  type RemoteAudio,
  type SdpWarning,
  type TelephoneEvent,
} from './session.ts';
import {
  type AgreedSrtp,
  agreedSrtp,
  agreedWithAnswer,
  isSecure,
  type LocalSrtp,
  offeredCrypto,
  whyNotSrtp,
} from './srtp-agreement.ts';

/*
 * Offer and answer (RFC 3264) for one audio stream, as pure functions: descriptions in, descriptions and what was
 * agreed out. Who keeps the session's id and version, and when a new offer goes out, is the caller's business.
 */

export { type LocalAudio, opus, type SessionShape } from './own-description.ts';
export type { AudioFormat, Direction, ParsedSession, RemoteAudio, TelephoneEvent } from './session.ts';
export { parseSession } from './session.ts';

/** What both sides agreed on. */
export interface Negotiated {
  readonly send: { readonly format: AudioFormat; readonly ptime: number };
  readonly receive: readonly AudioFormat[];
  readonly telephoneEvents: TelephoneEvents;
  /** Null while the other side gives no address (hold by 0.0.0.0), or has disabled the stream: send nothing. */
  readonly remote: {
    readonly address: string;
    readonly port: number;
    readonly rtcp: { readonly address: string; readonly port: number } | null;
  } | null;
  /** Ours, after the answer. */
  readonly direction: Direction;
  /** It does not hear us, though we would speak. A hold where it heard us before. */
  readonly remoteHeld: boolean;
  /** What the other side described, for its numbering; null while the stream is disabled. */
  readonly theirs: RemoteAudio | null;
  /** Null: plain RTP. */
  readonly srtp: AgreedSrtp | null;
  /** The m= lines of the session in order; later offers must keep them (RFC 3264 8). */
  readonly shape: SessionShape;
}

/** Digits by RFC 4733. `receive` is empty exactly when `send` is null: none were agreed. */
export interface TelephoneEvents {
  /** In the numbering of whoever we send to. */
  readonly send: TelephoneEvent | null;
  /** What was agreed, and every other number that the peer gave one: some send by their own numbers, some by each. */
  readonly receive: readonly TelephoneEvent[];
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
/** Milliseconds in an Opus packet (RFC 7587 §4.2), as far as they are whole tens. */
const opusPacketTimes = [60, 40, 20, 10];

/**
 * Why an offer can't be answered with these formats, as far as that is known before our address is; null when it can.
 */
export function refusalOf(
  offer: ParsedSession,
  ours: readonly AudioFormat[],
  srtp: Pick<LocalSrtp, 'required'> | null = null,
): Refusal | null {
  const chosen = choose(offer, ours, null, -1, srtp);
  return 'code' in chosen ? notAcceptable(chosen) : null;
}

/**
 * Answers an offer: formats in the offerer's order and numbering (RFC 3264 6.1), every other m= line refused.
 * `running`: what was agreed before in this session; then the audio line may also be disabled (8.2), and is answered
 * so.
 */
export function answer(offer: ParsedSession, local: LocalAudio, running: SessionShape | null = null): AnswerResult {
  const chosen = choose(offer, local.formats, ipVersion(local.address), running?.audioIndex ?? -1, local.srtp);
  if ('code' in chosen) {
    const disabled = running === null ? -1 : disabledLine(offer, running);
    if (disabled === -1) return notAcceptable(chosen);
    const shape: SessionShape = { lines: offer.lines, audioIndex: disabled };
    return { ok: true, sdp: describe(local, { ...shape, audioIndex: -1 }), negotiated: noStream(local, shape) };
  }
  const { audio, index } = chosen;
  const formats = inCommon(audio, local.formats);
  const first = formats[0]!;
  const event = local.telephoneEvent === null ? null : eventFor(audio, first.clockRate);
  const direction = answerDirection(audio, local.direction);
  const ptime = choosePtime(audio, local.ptime, first);
  const shape: SessionShape = { lines: offer.lines, audioIndex: index };
  const { srtp, crypto } = agreedSrtp(audio, local.srtp ?? null);
  return {
    ok: true,
    sdp: describe(
      {
        ...local,
        formats: formats.map((format) => withOurParameters(format, local.formats)),
        ...localEvent(event),
        direction,
        ptime,
      },
      shape,
      crypto,
    ),
    negotiated: {
      send: { format: first, ptime },
      receive: formats,
      telephoneEvents: { send: event, receive: event === null ? [] : distinct([event, ...audio.telephoneEvents]) },
      remote: audio.blackHole ? null : { address: audio.address, port: audio.port, rtcp: audio.rtcp },
      direction,
      remoteHeld: audio.held,
      theirs: audio,
      srtp,
      shape,
    },
  };
}

function localEvent(event: TelephoneEvent | null): Pick<LocalAudio, 'telephoneEvent' | 'telephoneEventClock'> {
  if (event === null) return { telephoneEvent: null };
  return { telephoneEvent: event.payloadType, telephoneEventClock: event.clockRate };
}

/**
 * The stream to talk over: one with a port, an address of `family` (null: of any), a format of ours and keys where they
 * are needed; that at `preferred` if it is such a one, else the first that has keys, else the first. Without any, what
 * stands in the way.
 */
function choose(
  { streams }: ParsedSession,
  ours: readonly AudioFormat[],
  family: number | null,
  preferred: number,
  srtp: Pick<LocalSrtp, 'required'> | null = null,
): { readonly audio: RemoteAudio; readonly index: number } | SdpWarning {
  let why: SdpWarning | null = null;
  let first: { readonly audio: RemoteAudio; readonly index: number } | null = null;
  for (const { index, audio, warning } of streams) {
    if (audio?.port === 0) continue;
    const against = audio === null ? warning : whyNot(audio, ours, family, srtp);
    if (audio === null || against !== null) why ??= against;
    else if (index === preferred) return { audio, index };
    else if (first === null || (srtp !== null && isSecure(audio) && !isSecure(first.audio))) first = { audio, index };
  }
  return first ?? why ?? noAudio;
}

function whyNot(
  audio: RemoteAudio,
  ours: readonly AudioFormat[],
  family: number | null,
  srtp: Pick<LocalSrtp, 'required'> | null,
): SdpWarning | null {
  const unsafe = whyNotSrtp(audio, srtp);
  if (unsafe !== null) return unsafe;
  if (family !== null && !audio.blackHole && ipVersion(audio.address) !== family) {
    return { code: 301, text: 'Incompatible network address formats' };
  }
  if (inCommon(audio, ours).length > 0) return null;
  const names = ours.map((format) => format.name).join(' and ');
  return { code: 305, text: `Incompatible media format: ${names} are spoken here` };
}

/**
 * Where the audio stream of the session stands disabled, with nothing else to take its place: neither another audio
 * line nor a fax (T.38), for whoever is refused that goes on with the sound there was. It may have been moved to
 * another line. -1: it is not disabled.
 */
function disabledLine({ lines }: ParsedSession, { audioIndex }: SessionShape): number {
  if (lines.some(({ type, port }) => port !== 0 && (type === 'audio' || type === 'image'))) return -1;
  return lines[audioIndex]?.type === 'audio' ? audioIndex : lines.findIndex(({ type }) => type === 'audio');
}

/** What holds while the audio stream is disabled. */
function noStream(local: LocalAudio, shape: SessionShape): Negotiated {
  return {
    send: { format: local.formats[0]!, ptime: local.ptime },
    receive: local.formats,
    telephoneEvents: { send: null, receive: [] },
    remote: null,
    direction: 'inactive',
    remoteHeld: sends(local.direction),
    theirs: null,
    srtp: null,
    shape,
  };
}

/** An offer of our audio; give the `shape` of a running session so that its m= lines stay in place. */
export function makeOffer(local: LocalAudio, shape: SessionShape | null = null): string {
  return describe(local, shape ?? freshShape(local), offeredCrypto(local.srtp ?? null));
}

/**
 * What an answer to `offer` agreed on; `ok: false` when it makes no sense, or refuses our audio. In a running session,
 * whose `shape` the offer had, the refused audio is taken as disabled.
 */
export function acceptAnswer(
  offer: LocalAudio,
  answerText: string,
  shape: SessionShape | null = null,
): { readonly ok: true; readonly negotiated: Negotiated } | { readonly ok: false; readonly reason: string } {
  const parsed = parseSession(answerText);
  if (!parsed.ok) return parsed;
  const offered = shape ?? freshShape(offer);
  const chosen = choose(parsed, offer.formats, ipVersion(offer.address), offered.audioIndex, offer.srtp);
  if ('code' in chosen) {
    if (shape !== null && disabledLine(parsed, shape) !== -1) return { ok: true, negotiated: noStream(offer, shape) };
    return { ok: false, reason: reasons[chosen.code] };
  }
  const { audio } = chosen;
  const theirs = inCommon(audio, offer.formats);
  const send = theirs[0]!;
  const event = offer.telephoneEvent === null ? null : eventFor(audio, send.clockRate);
  // Their own numbers first: where one is ours as well, the clock is theirs.
  const ours = { payloadType: offer.telephoneEvent ?? 0, clockRate: eventClock(offer) };
  const taken = new Set(offer.formats.map((format) => format.payloadType));
  const events = audio.telephoneEvents.filter(({ payloadType }) => !taken.has(payloadType));
  return {
    ok: true,
    negotiated: {
      send: { format: send, ptime: choosePtime(audio, offer.ptime, send) },
      // Whoever offers must take whatever was offered, in the offer's numbering (RFC 3264 5.1). Some send in their own.
      receive: [...offer.formats, ...theirs.filter(({ payloadType }) => !taken.has(payloadType))],
      telephoneEvents: { send: event, receive: event === null ? [] : distinct([...events, ours]) },
      remote: audio.blackHole ? null : { address: audio.address, port: audio.port, rtcp: audio.rtcp },
      direction: answerDirection(audio, offer.direction),
      // An answer to our own hold is no hold of theirs.
      remoteHeld: audio.held && sends(offer.direction),
      theirs: audio,
      srtp: agreedWithAnswer(audio, offer.srtp ?? null),
      shape: offered,
    },
  };
}

const reasons: Readonly<Record<SdpWarning['code'], string>> = {
  301: 'the answer has an address of another family, or a name',
  302: 'the answer has another protocol than the offer',
  304: 'the answer refuses the audio stream',
  305: 'the answer has no format of the offer',
  330: 'the answer has a multicast address',
};

/** Whether two descriptions of ours differ in nothing but their o= line, so that the version may stay. */
export function sameDescription(a: string, b: string): boolean {
  const withoutOrigin = (sdp: string) => sdp.replace(/^o=.*$/m, '');
  return withoutOrigin(a) === withoutOrigin(b);
}

/** A first offer of ours: RTP/AVP with keys in it leaves the choice to the other side. */
function freshShape({ srtp }: LocalAudio): SessionShape {
  const protocol = srtp?.required === true ? 'RTP/SAVP' : 'RTP/AVP';
  return { lines: [{ type: 'audio', port: 0, protocol, firstFormat: '0' }], audioIndex: 0 };
}

function notAcceptable(warning: SdpWarning): Refusal {
  return { ok: false, status: 488, warning: `${warning.code} ${warning.text}` };
}

/** Each of ours once, in their order and under their first number for it. */
function inCommon(audio: RemoteAudio, ours: readonly AudioFormat[]): AudioFormat[] {
  return audio.formats.filter(
    (format, at) =>
      ours.some((own) => sameEncoding(own, format)) &&
      audio.formats.findIndex((other) => sameEncoding(other, format)) === at,
  );
}

function sameEncoding(a: AudioFormat, b: AudioFormat): boolean {
  return a.name === b.name && a.clockRate === b.clockRate && a.channels === b.channels;
}

/** The telephone-event that shares the codec's clock (RFC 4733 2.1), else the first. */
function eventFor(audio: RemoteAudio, clockRate: number): TelephoneEvent | null {
  return audio.telephoneEvents.find((entry) => entry.clockRate === clockRate) ?? audio.telephoneEvent;
}

/** Each payload type once, the first that has it. */
function distinct(events: readonly TelephoneEvent[]): TelephoneEvent[] {
  return events.filter((event, at) => events.findIndex((one) => one.payloadType === event.payloadType) === at);
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

/** The longest packet we send, ms: what everybody takes (RFC 3551 4.2). */
const longestPtime = 200;

/** The packet length the other side asks for, in whole 10 ms from 10 to 200 and within its maximum. */
function choosePtime(audio: RemoteAudio, preferred: number, { name }: AudioFormat): number {
  const wanted = Math.min(audio.ptime ?? preferred, audio.maxptime ?? longestPtime, longestPtime);
  if (name === opus.name) return opusPacketTimes.find((ptime) => ptime <= wanted) ?? 10;
  return Math.max(10, Math.floor(wanted / 10) * 10);
}

/** What an fmtp line says is of whoever writes it: in our answer it is ours. */
function withOurParameters(format: AudioFormat, ours: readonly AudioFormat[]): AudioFormat {
  return { ...format, fmtp: ours.find((own) => sameEncoding(own, format))?.fmtp ?? null };
}
