/**
 * What the control process and a media process say to each other besides commands (`commands.ts`): versions,
 * notifications, figures and why a command failed.
 */

/** Raised by one whenever either side could misunderstand the other; a process of another version is not adopted. */
export const protocolVersion = 11;

/** Packet sizes in milliseconds: 10, 20 … 200. */
export const packetTimes: readonly number[] = Array.from({ length: 20 }, (_, i) => 10 * (i + 1));

export interface RecordingFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * A finished recording: 16-bit PCM mono at the rate that the room had at its beginning, all files equally long and in
 * step.
 */
export interface Recorded {
  readonly durationMs: number;
  readonly files: readonly RecordingFile[];
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

/**
 * How one leg sounds now: leg; level of its loudest frame since the last sample, whole dBov; packets received and
 * expected since it opened; jitter in ms; MOS, null before the first packet.
 */
export type LegSample = readonly [
  leg: string,
  level: number,
  received: number,
  expected: number,
  jitterMs: number,
  mos: number | null,
];

export interface ProcessStats {
  readonly pid: number;
  /** Empty in what is told unasked: of thousands of legs it would be work and garbage that nobody reads. */
  readonly legs: readonly LegStats[];
  readonly rooms: number;
  /** How plain RTP gets through the kernel. */
  readonly sockets: 'uring' | 'dgram';
  /** What went wrong there since the start, of any kind. */
  readonly socketFaults: number;
  /** It runs late and takes no new legs. */
  readonly overloaded: boolean;
  /** There is no pair of RTP ports for another leg: all are in use, by legs or by other programs. */
  readonly portsUsedUp: boolean;
  readonly lateTicks: number;
  readonly ticks: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly packetsDropped: number;
  readonly packetsLost: number;
  /** CPU seconds of the process since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
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
  /** While levels are watched, of rooms in which somebody sounds or has just stopped: whole dBov of each who does. */
  levels: { rooms: readonly RoomLevels[] };
}

export interface RoomLevels {
  readonly room: string;
  readonly levels: readonly (readonly [leg: string, level: number])[];
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
