/**
 * What the control process and a media process say to each other: commands with their answers, and notifications.
 * Every command is idempotent; closing what is unknown is fine, joining, configuring or playing to it is `unknown`.
 * Times are milliseconds, gains dB, ports numbers, addresses IP text. Leg, room and play identifiers are the control's.
 */

/** Raised by one whenever either side could misunderstand the other; a process of another version is not adopted. */
export const protocolVersion = 5;

/** Seen from the server: `sendonly` does not use what it receives, `recvonly` sends nothing. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Packet sizes in milliseconds: 10, 20 … 200. */
export const packetTimes: readonly number[] = Array.from({ length: 20 }, (_, i) => 10 * (i + 1));

/**
 * How a leg's packets are to travel, for its whole life: chosen when it is opened. One interface per kind, told apart by `kind`.
 *
 * - `udp`  plain RTP and RTCP on two ports of the address `bind`
 */
export type TransportRequest = { readonly kind: 'udp'; readonly bind: string };

/** Where a leg receives, by the kind of its transport. */
export type LocalMedia = {
  readonly kind: 'udp';
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
};

/** Where the peer receives, by the kind of the leg's transport. */
export type RemoteMedia = UdpRemote;

/** Where the peer's SDP says it receives. Without `rtcpPort`, RTCP goes to `port + 1`; the same number is rtcp-mux. */
export interface UdpRemote {
  readonly kind: 'udp';
  readonly address: string;
  readonly port: number;
  readonly rtcpPort?: number | null;
  /** Where signalling came from: besides `address` the only one that media is taken from (NAT). */
  readonly signalledFrom?: string;
  /**
   * Set for a caller who did not log in: the host that its signalling has proven. Any other gets no more than came from it until
   * its RTCP reports on our stream. Such legs do not hear each other's streams either, should they be pointed at each other.
   */
  readonly provenHost?: string;
}

export interface PayloadFormat {
  readonly payloadType: number;
  /** An RTP encoding name the server knows: PCMU, PCMA. */
  readonly codec: string;
}

export interface EventFormat {
  readonly payloadType: number;
  /** Hz. */
  readonly clockRate: number;
}

export interface LegConfiguration {
  /** null while the peer is unknown: nothing is sent or received. */
  readonly remote: RemoteMedia | null;
  /** null: nothing is sent, neither RTP nor RTCP, while the peer has not shown that it asked for it. */
  readonly send: (PayloadFormat & { readonly ptime: number }) | null;
  readonly receive: readonly PayloadFormat[];
  /** RFC 4733 telephone-event, each payload type with its own clock; `send` null: not agreed, digits go as tones. */
  readonly telephoneEvents: { readonly send: EventFormat | null; readonly receive: readonly EventFormat[] };
  readonly direction: MediaDirection;
  /** `sounds` is told: whether packets come. */
  readonly watched?: boolean;
}

export interface LegSettings {
  /** The room does not hear the leg; its digits still count. */
  readonly muted?: boolean;
  /** The leg hears silence in place of the room. */
  readonly deaf?: boolean;
  /** dB, applied to what the leg says; -40 to +20. */
  readonly gain?: number;
  /** On hold the leg neither hears nor is heard; it hears the music file (looped), or silence. null ends the hold. */
  readonly hold?: { readonly music: string | null } | null;
  /**
   * The only leg of the room that hears this one (a coach); null: all. Naming a leg that is not in the room, or itself, lets
   * nobody hear it. Whoever has one does not keep a caller from being alone with the music.
   */
  readonly heardBy?: string | null;
}

/** A recording of a room: `mix.wav`, what a listener hears, and one `<leg>.wav` for each leg that was in it, what that leg said. */
export interface RecordingRequest {
  readonly recording: string;
  readonly room: string;
  /** Absolute path of this recording's own folder; made when missing, for its owner alone. */
  readonly folder: string;
  /** A short beep in the room at the beginning and every 15 s, so that everybody knows. */
  readonly tone: boolean;
}

export interface RecordingFile {
  readonly name: string;
  readonly bytes: number;
}

/** A finished recording: 16-bit PCM mono at the rate that the room had at its beginning, all files equally long and in step. */
export interface Recorded {
  readonly durationMs: number;
  readonly files: readonly RecordingFile[];
}

/** `file` is a WAV file below the prompts folder; `tone` a name of the tone table. */
export type PlayItem = { readonly file: string } | { readonly tone: string } | { readonly silenceMs: number };

export type PlayTarget = { readonly leg: string } | { readonly room: string };

export interface PlayOptions {
  /** Starts over at the end until stopped. */
  readonly loop?: boolean;
  /** Over the room's sound in place of replacing it (a leg only; a room always mixes). */
  readonly mix?: boolean;
}

/** `finished` to the end, `stopped` on request, `gone` with its leg, room or process. */
export type PlayEnd = 'finished' | 'stopped' | 'gone';

/** Counters since the leg opened; jitter, round trip and MOS as of now. */
export interface LegStats {
  readonly leg: string;
  readonly room: string | null;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Expected minus received (RFC 3550 A.3), never below 0. */
  readonly lost: number;
  /** 0 to 1, since the leg opened. */
  readonly lossRate: number;
  readonly late: number;
  readonly duplicate: number;
  /** Milliseconds of made-up sound in place of what was lost or late. */
  readonly concealedMs: number;
  readonly jitterMs: number;
  readonly playoutDelayMs: number;
  readonly roundTripMs: number | null;
  /** What the peer's reception report says of our stream: 0 to 1. */
  readonly remoteLossRate: number | null;
  readonly remoteJitterMs: number | null;
  /** ITU-T G.107 estimate, 1 to 4.5; null before the first packet. */
  readonly mos: number | null;
  /** Packets dropped: not RTP, from a foreign source, or of an unknown payload type. */
  readonly invalid: number;
  readonly foreign: number;
}

export interface ProcessStats {
  readonly pid: number;
  /** Empty in what is told unasked: of thousands of legs it would be work and garbage that nobody reads. */
  readonly legs: readonly LegStats[];
  readonly rooms: number;
  readonly lateTicks: number;
  readonly ticks: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly packetsDropped: number;
  /** Of the legs that are open. */
  readonly packetsLost: number;
  /** CPU seconds of the process since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

interface NothingAsked {
  readonly [key: string]: never;
}
interface NothingSaid {
  readonly [key: string]: never;
}

/** Commands by name: what is asked and what is answered. `options` of hello is what the process was started with. */
export interface Commands {
  hello: {
    ask: { version: number };
    answer: { version: number; pid: number; options: string; legs: string[]; rooms: string[] };
  };
  createRoom: { ask: { room: string }; answer: NothingSaid };
  closeRoom: { ask: { room: string }; answer: NothingSaid };
  openLeg: {
    ask: { leg: string; cname: string; transport: TransportRequest };
    answer: LocalMedia;
  };
  configureLeg: { ask: { leg: string } & LegConfiguration; answer: NothingSaid };
  closeLeg: { ask: { leg: string }; answer: { stats: LegStats | null } };
  joinRoom: { ask: { leg: string; room: string }; answer: NothingSaid };
  leaveRoom: { ask: { leg: string }; answer: NothingSaid };
  setLeg: { ask: { leg: string } & LegSettings; answer: NothingSaid };
  play: { ask: { play: string; target: PlayTarget; items: readonly PlayItem[] } & PlayOptions; answer: NothingSaid };
  stopPlay: { ask: { play: string }; answer: NothingSaid };
  setMusic: { ask: { room: string; file: string | null }; answer: NothingSaid };
  sendDigits: { ask: { leg: string; digits: string; durationMs?: number; gapMs?: number }; answer: NothingSaid };
  startRecording: { ask: RecordingRequest; answer: NothingSaid };
  pauseRecording: { ask: { recording: string; paused: boolean }; answer: NothingSaid };
  stopRecording: { ask: { recording: string }; answer: { recorded: Recorded | null } };
  stats: { ask: NothingAsked; answer: ProcessStats };
  /** Is it there? One that does not know the question answers too. */
  ping: { ask: NothingAsked; answer: Record<string, never> };
  shutdown: { ask: NothingAsked; answer: NothingSaid };
}

/** Notifications by name. */
export interface Notifications {
  digit: { leg: string; digit: string; durationMs: number };
  talking: { leg: string; room: string; talking: boolean };
  played: { play: string; reason: PlayEnd };
  /** Of a leg that is `watched`: RTP has begun to come, or does so no longer; not for single packets. */
  sounds: { leg: string; sounds: boolean };
  /** Neither RTP nor RTCP came for the media timeout, whatever was agreed; again after every two of them. */
  mediaTimeout: { leg: string; silentMs: number };
  /** It has ended before it was told to; what was written stays. The room goes on. */
  recordingFailed: { recording: string; reason: string };
  stats: ProcessStats;
}

/** Why a command failed. */
export type CommandErrorCode = 'unknown' | 'invalid' | 'exhausted' | 'busy' | 'failed';

export class CommandError extends Error {
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
  }
}
