import { type SessionDescription, write } from 'sdp-transform';
import { ipVersion } from '../base/ip-address.ts';
import {
  type AudioFormat,
  type Direction,
  type MediaLine,
  noAudio,
  type ParsedSession,
  parseSession,
  type RemoteAudio,
  type SdpWarning,
  type TelephoneEvent,
} from './session.ts';

/*
 * Offer and answer (RFC 3264) for one audio stream, as pure functions: descriptions in, descriptions and what was
 * agreed out. Who keeps the session's id and version, and when a new offer goes out, is the caller's business.
 */

export type { AudioFormat, Direction, ParsedSession, RemoteAudio, TelephoneEvent } from './session.ts';
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
  /** Its clock, Hz; default: that of the first format. */
  readonly telephoneEventClock?: number;
  readonly ptime: number;
  readonly direction: Direction;
  readonly sessionId: string;
  readonly sessionVersion: number;
}

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
/** RFC 7587 §7: always 48000 and 2, whatever is spoken. We repair losses from what packets repeat. */
export const opus: AudioFormat = {
  payloadType: 111,
  name: 'OPUS',
  clockRate: 48_000,
  channels: 2,
  fmtp: 'useinbandfec=1',
};

/** Milliseconds in an Opus packet (RFC 7587 §4.2), as far as they are whole tens. */
const opusPacketTimes = [60, 40, 20, 10];

/**
 * Why an offer can't be answered with these formats, as far as that is known before our address is; null when it can.
 */
export function refusalOf(offer: ParsedSession, ours: readonly AudioFormat[]): Refusal | null {
  const chosen = choose(offer, ours, null, -1);
  return 'code' in chosen ? notAcceptable(chosen) : null;
}

/**
 * Answers an offer: formats in the offerer's order and numbering (RFC 3264 6.1), every other m= line refused.
 * `running`: what was agreed before in this session; then the audio line may also be disabled (8.2), and is answered
 * so.
 */
export function answer(offer: ParsedSession, local: LocalAudio, running: SessionShape | null = null): AnswerResult {
  const chosen = choose(offer, local.formats, ipVersion(local.address), running?.audioIndex ?? -1);
  if ('code' in chosen) {
    if (running === null || !isDisabled(offer, running)) return notAcceptable(chosen);
    const shape: SessionShape = { lines: offer.lines, audioIndex: running.audioIndex };
    return { ok: true, sdp: describe(local, { ...shape, audioIndex: -1 }), negotiated: noStream(local, shape) };
  }
  const { audio, index } = chosen;
  const formats = inCommon(audio, local.formats);
  const first = formats[0]!;
  const event = local.telephoneEvent === null ? null : eventFor(audio, first.clockRate);
  const direction = answerDirection(audio, local.direction);
  const ptime = choosePtime(audio, local.ptime, first);
  const shape: SessionShape = { lines: offer.lines, audioIndex: index };
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
    ),
    negotiated: {
      send: { format: first, ptime },
      receive: formats,
      telephoneEvents: { send: event, receive: event === null ? [] : distinct([event, ...audio.telephoneEvents]) },
      remote: audio.blackHole ? null : { address: audio.address, port: audio.port, rtcp: audio.rtcp },
      direction,
      remoteHeld: audio.held,
      theirs: audio,
      shape,
    },
  };
}

function localEvent(event: TelephoneEvent | null): Pick<LocalAudio, 'telephoneEvent' | 'telephoneEventClock'> {
  if (event === null) return { telephoneEvent: null };
  return { telephoneEvent: event.payloadType, telephoneEventClock: event.clockRate };
}

/**
 * The stream to talk over: one with a port, an address of `family` (null: of any) and a format of ours; that at
 * `preferred` if it is such a one, else the first. Without any, what stands in the way.
 */
function choose(
  { streams }: ParsedSession,
  ours: readonly AudioFormat[],
  family: number | null,
  preferred: number,
): { readonly audio: RemoteAudio; readonly index: number } | SdpWarning {
  let why: SdpWarning | null = null;
  let first: { readonly audio: RemoteAudio; readonly index: number } | null = null;
  for (const { index, audio, warning } of streams) {
    if (audio?.port === 0) continue;
    const against = audio === null ? warning : whyNot(audio, ours, family);
    if (audio === null || against !== null) why ??= against;
    else if (index === preferred) return { audio, index };
    else first ??= { audio, index };
  }
  return first ?? why ?? noAudio;
}

function whyNot(audio: RemoteAudio, ours: readonly AudioFormat[], family: number | null): SdpWarning | null {
  if (family !== null && !audio.blackHole && ipVersion(audio.address) !== family) {
    return { code: 301, text: 'Incompatible network address formats' };
  }
  if (inCommon(audio, ours).length > 0) return null;
  const names = ours.map((format) => format.name).join(' and ');
  return { code: 305, text: `Incompatible media format: ${names} are spoken here` };
}

/**
 * The audio stream of the session is disabled and nothing else is to take its place: neither another audio line nor a
 * fax (T.38), for whoever is refused that goes on with the sound there was.
 */
function isDisabled({ lines }: ParsedSession, { audioIndex }: SessionShape): boolean {
  const line = lines[audioIndex];
  if (line?.type !== 'audio' || line.port !== 0) return false;
  return !lines.some(({ type, port }) => port !== 0 && (type === 'audio' || type === 'image'));
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
    shape,
  };
}

/** An offer of our audio; give the `shape` of a running session so that its m= lines stay in place. */
export function makeOffer(local: LocalAudio, shape: SessionShape | null = null): string {
  return describe(local, shape ?? freshShape);
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
  const offered = shape ?? freshShape;
  const chosen = choose(parsed, offer.formats, ipVersion(offer.address), offered.audioIndex);
  if ('code' in chosen) {
    if (shape !== null && isDisabled(parsed, shape)) return { ok: true, negotiated: noStream(offer, shape) };
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

const freshShape: SessionShape = {
  lines: [{ type: 'audio', port: 0, protocol: 'RTP/AVP', firstFormat: '0' }],
  audioIndex: 0,
};

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

export function sameEncoding(a: AudioFormat, b: AudioFormat): boolean {
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
export const longestPtime = 200;

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

function eventClock({ telephoneEventClock, formats }: LocalAudio): number {
  return telephoneEventClock ?? formats[0]?.clockRate ?? 8000;
}

/** With `audioIndex` -1 every line is refused. */
function describe(local: LocalAudio, shape: SessionShape): string {
  const ipVer = ipVersion(local.address) === 6 ? 6 : 4;
  const media: SessionDescription['media'] = shape.lines.map((line, index) =>
    index === shape.audioIndex
      ? audioLine(local, line.protocol)
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

function audioLine(local: LocalAudio, protocol: string): SessionDescription['media'][number] {
  const payloads = local.formats.map((format) => format.payloadType);
  const rtp = local.formats.map((format) => ({
    payload: format.payloadType,
    // Names are compared in any case; some peers know this one in its own.
    codec: format.name === opus.name ? 'opus' : format.name,
    rate: format.clockRate,
    ...(format.channels === 2 ? { encoding: 2 } : {}),
  }));
  const fmtp = local.formats.flatMap(({ payloadType, fmtp: config }) =>
    config === null ? [] : [{ payload: payloadType, config }],
  );
  if (local.telephoneEvent !== null) {
    payloads.push(local.telephoneEvent);
    rtp.push({ payload: local.telephoneEvent, codec: 'telephone-event', rate: eventClock(local) });
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
