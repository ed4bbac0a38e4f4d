/**
 * The commands of a media process: one table from which their types, their checks and who performs them follow. Every
 * command is idempotent; closing what is unknown is fine, joining, configuring or playing to it is `unknown`. Times are
 * milliseconds, gains dB, ports numbers, addresses IP text. Leg, room and play identifiers are the control's.
 */
import { srtpSuiteNames } from '../../rtp/srtp/srtp-suite.ts';
import {
  address,
  between,
  either,
  type Fields,
  flag,
  listOf,
  nullable,
  oneOf,
  optional,
  path,
  type Shape,
  shape,
  text,
  whole,
  word,
  wrongField,
} from './check.ts';
import {
  CommandError,
  type LegSample,
  type LegStats,
  type ProcessStats,
  packetTimes,
  type Recorded,
} from './protocol.ts';

const payloadType = whole(0, 127);
const port = whole(1, 65_535);

const payloadFormat = {
  payloadType,
  /** An RTP encoding name the server knows, with its clock rate where that is not 8000: PCMU, opus/48000. */
  codec: text,
};
export type PayloadFormat = Shape<typeof payloadFormat>;

const eventFormat = {
  payloadType,
  /** Hz. */
  clockRate: whole(1, 192_000),
};
export type EventFormat = Shape<typeof eventFormat>;

/** RTP and RTCP, plain or under keys that signalling told (SDES), on two ports of the address `bind`. */
const udpRequest = { kind: oneOf('udp'), bind: address };

/** Seen from the server: `sendonly` does not use what it receives, `recvonly` sends nothing. */
const direction = oneOf('sendrecv', 'sendonly', 'recvonly', 'inactive');

/** What ICE (RFC 8445) and DTLS (RFC 5763, fingerprint as in RFC 8122) of one side need. */
const iceDtls = {
  iceUfrag: word,
  icePwd: word,
  fingerprint: shape({ algorithm: word, value: word }),
  setup: oneOf('actpass', 'active', 'passive'),
};

/**
 * DTLS-SRTP over ICE on the one port that all such legs have, at the address `bind`: a browser's offer of sound. Its
 * candidates are not needed, it is found by its own checks (peer-reflexive). `direction` is the browser's.
 */
const webRtcRequest = {
  kind: oneOf('webrtc'),
  bind: address,
  mid: word,
  ...iceDtls,
  direction,
  /** Everything that may come. */
  formats: listOf(shape({ payloadType, codec: word, clockRate: whole(1, 192_000) }), 64),
  /** Of what it will send, as far as it says so. */
  ssrcs: listOf(whole(0, 0xffff_ffff), 8),
};
export type WebRtcRequest = Shape<typeof webRtcRequest>;

/** How a leg's packets are to travel until it is moved or closed. One shape per kind, told apart by `kind`. */
export type TransportRequest = Shape<typeof udpRequest> | WebRtcRequest;
const transport = either(shape(udpRequest), shape(webRtcRequest));

export interface UdpLocal {
  readonly kind: 'udp';
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

export type IceDtls = Shape<typeof iceDtls>;

export interface WebRtcLocal extends IceDtls {
  readonly kind: 'webrtc';
  /** RFC 8839 §5.1, without `candidate:` in front. */
  readonly candidates: readonly string[];
  /** Of what is sent. */
  readonly ssrc: number;
}

/** How a browser finds a leg again: name and password in checks, and where. */
export type IceRestarted = Pick<WebRtcLocal, 'iceUfrag' | 'icePwd' | 'candidates'>;

/** Where a leg receives, by the kind of its transport. */
export type LocalMedia = UdpLocal | WebRtcLocal;

/**
 * SRTP (RFC 3711): master keys with their salts behind them, base64 (RFC 4568 §6.1), what we send under and what the
 * peer does. The same key again goes on; another one begins anew.
 */
const srtp = { suite: oneOf(...srtpSuiteNames), send: word, receive: word };

/** Where the peer's SDP says it receives. */
const udpRemote = {
  kind: oneOf('udp'),
  address,
  port,
  /** Without it, RTCP goes to `port + 1`; the same number is rtcp-mux. */
  rtcpPort: optional(nullable(port)),
  /** Where signalling came from: besides `address` the only one that media is taken from (NAT). */
  signalledFrom: optional(address),
  /**
   * Set for a caller who did not log in: the host that its signalling has proven. Any other gets no more than came from
   * it until its RTCP reports on our stream. Such legs do not hear each other's streams either, should they be pointed
   * at each other.
   */
  provenHost: optional(address),
  /** Without it the packets are plain. */
  srtp: optional(shape(srtp)),
};

/** Where it is, ICE finds out. */
const webRtcRemote = { kind: oneOf('webrtc') };

/** Where the peer receives, by the kind of the leg's transport. */
export type RemoteMedia = Shape<typeof udpRemote> | Shape<typeof webRtcRemote>;

const legConfiguration = {
  /** null while the peer is unknown: nothing is sent or received. */
  remote: nullable(either(shape(udpRemote), shape(webRtcRemote))),
  /** null: nothing is sent, neither RTP nor RTCP, while the peer has not shown that it asked for it. */
  send: nullable(shape({ ...payloadFormat, ptime: oneOf(...packetTimes) })),
  receive: listOf(shape(payloadFormat), 16),
  /** RFC 4733 telephone-event, each payload type with its own clock; `send` null: not agreed, digits go as tones. */
  telephoneEvents: shape({ send: nullable(shape(eventFormat)), receive: listOf(shape(eventFormat), 32) }),
  direction,
  /** Number of the header extension in which the peer says how loud its packets are (RFC 6464); null: it does not. */
  audioLevel: optional(nullable(whole(1, 14))),
  /** `sounds` is told: whether packets come. */
  watched: optional(flag),
  /**
   * It only listens: `sounds` is told, whether it is there. `reportsIn`: the header extension in which a packet can ask
   * it to report that it came; null: there is none.
   */
  listener: optional(nullable(shape({ reportsIn: nullable(whole(1, 14)) }))),
};
export type LegConfiguration = Shape<typeof legConfiguration>;

const legSettings = {
  /** The room does not hear the leg; its digits still count. */
  muted: optional(flag),
  /** The leg hears silence in place of the room. */
  deaf: optional(flag),
  /** dB, applied to what the leg says. */
  gain: optional(between(-40, 20)),
  /** On hold the leg neither hears nor is heard; it hears the music file (looped), or silence. null ends the hold. */
  hold: optional(nullable(shape({ music: nullable(text) }))),
  /**
   * The only leg of the room that hears this one (a coach); null: all. Naming a leg that is not in the room, or itself,
   * lets nobody hear it. Whoever has one does not keep a caller from being alone with the music.
   */
  heardBy: optional(nullable(text)),
};
export type LegSettings = Shape<typeof legSettings>;

/** `file` is a WAV file below the prompts folder; `tone` a name of the tone table. */
const playItem = either(shape({ file: text }), shape({ tone: text }), shape({ silenceMs: between(0, 600_000) }));
export type PlayItem = typeof playItem extends (value: unknown) => value is infer Item ? Item : never;

const playTarget = either(shape({ leg: text }), shape({ room: text }));
export type PlayTarget = typeof playTarget extends (value: unknown) => value is infer Target ? Target : never;

const playOptions = {
  /** Starts over at the end until stopped. */
  loop: optional(flag),
  /** Over the room's sound in place of replacing it (a leg only; a room always mixes). */
  mix: optional(flag),
};
export type PlayOptions = Shape<typeof playOptions>;

/**
 * A recording of a room: `mix.wav`, what a listener hears, and one `<leg>.wav` for each leg that was in it, what that
 * leg said.
 */
const recordingRequest = {
  recording: text,
  room: text,
  /** Absolute path of this recording's own folder; made when missing, for its owner alone. */
  folder: path,
  /** A short beep in the room at the beginning and every 15 s, so that everybody knows. */
  tone: flag,
};
export type RecordingRequest = Shape<typeof recordingRequest>;

/** One command: what is asked, field by field. The answer is a type alone: it comes from ourselves. */
interface Command<Asked extends Fields, Answered> {
  readonly ask: Asked;
  readonly answer?: Answered;
}

type NothingSaid = Readonly<Record<string, never>>;

const command = <Asked extends Fields>(ask: Asked): Command<Asked, NothingSaid> => ({ ask });

const asking =
  <Answered>() =>
  <Asked extends Fields>(ask: Asked): Command<Asked, Answered> => ({ ask });

/** `options` is what the process was started with. */
interface Hello {
  readonly version: number;
  readonly pid: number;
  readonly options: string;
  readonly legs: readonly string[];
  readonly rooms: readonly string[];
}

export const commands = {
  hello: asking<Hello>()({ version: whole(0, 1_000_000) }),
  createRoom: command({ room: text }),
  closeRoom: command({ room: text }),
  openLeg: asking<LocalMedia>()({ leg: text, cname: text, transport }),
  /** Its packets travel another way from then on; room, codecs and what is played stay as they are. */
  moveLeg: asking<LocalMedia>()({ leg: text, transport }),
  /**
   * Its ICE begins anew (RFC 8445 §9), by what the browser names itself, while keys and all else go on. The same again
   * is answered the same.
   */
  restartIce: asking<IceRestarted>()({ leg: text, iceUfrag: word, icePwd: word }),
  configureLeg: command({ leg: text, ...legConfiguration }),
  closeLeg: asking<{ readonly stats: LegStats | null }>()({ leg: text }),
  joinRoom: command({ leg: text, room: text }),
  leaveRoom: command({ leg: text }),
  setLeg: command({ leg: text, ...legSettings }),
  play: command({ play: text, target: playTarget, items: listOf(playItem, 1000), ...playOptions }),
  stopPlay: command({ play: text }),
  setMusic: command({ room: text, file: nullable(text) }),
  sendDigits: command({
    leg: text,
    digits: text,
    durationMs: optional(between(1, 60_000)),
    gapMs: optional(between(0, 60_000)),
  }),
  startRecording: command(recordingRequest),
  pauseRecording: command({ recording: text, paused: flag }),
  stopRecording: asking<{ readonly recorded: Recorded | null }>()({ recording: text }),
  stats: asking<ProcessStats>()({}),
  /** Of all legs. */
  samples: asking<{ readonly legs: readonly LegSample[] }>()({}),
  /** Whether `levels` are told, five times a second, for the next ten seconds. */
  watchLevels: command({ on: flag }),
  /** Is it there? One that does not know the question answers too. */
  ping: command({}),
  shutdown: command({}),
};

export type CommandName = keyof typeof commands;
export type Ask<Name extends CommandName> = Shape<(typeof commands)[Name]['ask']>;
export type Answer<Name extends CommandName> = NonNullable<(typeof commands)[Name]['answer']>;

/** Commands on a leg or a room that is there, whose answer changes nothing of what the control process knows. */
export type OpenCommand = Exclude<
  {
    [Name in CommandName]: Ask<Name> extends { readonly leg: string } | { readonly room: string } ? Name : never;
  }[CommandName],
  'createRoom' | 'closeRoom' | 'openLeg' | 'moveLeg' | 'restartIce' | 'closeLeg' | 'startRecording'
>;

/** Those of them that are for a leg, and what else they ask. */
export type LegCommand = {
  [Name in OpenCommand]: Ask<Name> extends { readonly leg: string } ? Name : never;
}[OpenCommand];
export type LegAsk<Name extends LegCommand> = Omit<Ask<Name>, 'leg'>;

/** What the process itself answers; all others are a method of `MediaProcess`. */
export type ProcessCommand = 'hello' | 'ping' | 'shutdown';

/** Whoever performs the commands: a method for each. */
export type Performer = {
  [Name in Exclude<CommandName, ProcessCommand>]: Answer<Name> extends NothingSaid
    ? (ask: Ask<Name>) => void
    : (ask: Ask<Name>) => Answer<Name> | Promise<Answer<Name>>;
};

/** Whether there is a command of that name. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Returns `ask` as what the command takes; throws CommandError `invalid` naming the first wrong field. */
export function checkAsk<Name extends CommandName>(name: Name, ask: unknown): Ask<Name> {
  if (typeof ask !== 'object' || ask === null) throw new CommandError('invalid', `${name} takes an object`);
  const wrong = wrongField(commands[name].ask, ask);
  if (wrong !== null) throw new CommandError('invalid', `${name}: '${wrong}' is not acceptable`);
  return ask as Ask<Name>;
}
