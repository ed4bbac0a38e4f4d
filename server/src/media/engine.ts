import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import type { Log } from '../base/log.ts';
import type {
  LegConfiguration,
  LegSettings,
  LegStats,
  PlayEnd,
  PlayItem,
  PlayOptions,
  PlayTarget,
  ProcessStats,
  RoomRate,
} from './channel/protocol.ts';

export type {
  LegConfiguration,
  LegSettings,
  LegStats,
  MediaDirection,
  PayloadFormat,
  PlayEnd,
  PlayItem,
  PlayOptions,
  PlayTarget,
  ProcessStats,
  RemoteMedia,
  RoomRate,
} from './channel/protocol.ts';

export interface MediaEngineOptions {
  /** How many media processes; every organization lives in one of them. */
  readonly processes: number;
  /** The IP address RTP sockets are bound to. */
  readonly bind: string;
  /** The address peers are told, when it is not `bind` (NAT, containers). */
  readonly advertise: string | null;
  /** Inclusive; split evenly between the processes. A leg takes an even port and the odd one above it. */
  readonly rtpPorts: { readonly from: number; readonly to: number };
  /** Folder of the control sockets (`media-<index>.sock`); created when missing. */
  readonly socketFolder: string;
  /** Folder that the names of played files are relative to. */
  readonly promptsRoot: string;
  /** A leg that hears nothing for this long is reported once (default 30 000). */
  readonly mediaTimeoutMs?: number;
  readonly log: Log;
  readonly clock: Clock;
}

export interface MediaEvents {
  digit: { leg: string; digit: string; durationMs: number };
  talking: { leg: string; room: string; talking: boolean };
  /** Nothing was received for `silentMs`; said once per silence. */
  mediaTimeout: { leg: string; silentMs: number };
  /** The leg's process died: its sockets are gone, its identifier is free again. */
  legLost: { leg: string; reason: string };
  roomLost: { room: string; reason: string };
  processDied: { index: number; reason: string };
  /** Every five seconds, per process. */
  stats: { index: number; stats: ProcessStats };
}

export interface Play {
  readonly id: string;
  /** Never rejects. */
  readonly finished: Promise<PlayEnd>;
  /** Idempotent. */
  stop(): void;
}

export interface EngineStats {
  readonly processes: number;
  readonly liveProcesses: number;
  readonly rooms: number;
  readonly legs: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly packetsDropped: number;
  readonly packetsLost: number;
  readonly lateTicks: number;
  readonly ticks: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/**
 * The media as the control process sees it. Rooms and legs of one organization live in one media process; a leg can only
 * join rooms of its own organization. Methods reject with AppError: `notFound` for an unknown leg or room where that
 * matters, `invalidArgument`, `unavailable` while the process is being replaced or out of ports.
 * Closing what is unknown is fine.
 */
export class MediaEngine {
  readonly #events: Emitter<MediaEvents>;

  private constructor(options: MediaEngineOptions) {
    this.#events = new Emitter((error) => options.log.error({ err: error }, 'a media event listener failed'));
  }

  /** Adopts media processes that still live from an earlier run (their legs and rooms are closed), starts the others. */
  static async start(options: MediaEngineOptions): Promise<MediaEngine> {
    return new MediaEngine(options);
  }

  on<Name extends keyof MediaEvents>(name: Name, listener: (event: MediaEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  async createRoom(_room: string, _organization: string, _rate: RoomRate): Promise<void> {
    throw new Error('not written yet');
  }

  async closeRoom(_room: string): Promise<void> {
    throw new Error('not written yet');
  }

  /** Binds the leg's sockets. `address` is what goes into SDP. */
  async openLeg(_leg: string, _organization: string): Promise<{ address: string; port: number; rtcpPort: number }> {
    throw new Error('not written yet');
  }

  async configureLeg(_leg: string, _configuration: LegConfiguration): Promise<void> {
    throw new Error('not written yet');
  }

  /** Also moves the leg from the room it is in. */
  async joinRoom(_leg: string, _room: string): Promise<void> {
    throw new Error('not written yet');
  }

  async leaveRoom(_leg: string): Promise<void> {
    throw new Error('not written yet');
  }

  async setLeg(_leg: string, _settings: LegSettings): Promise<void> {
    throw new Error('not written yet');
  }

  /** A leg plays one thing at a time (a newer play ends the older as `stopped`); a room mixes all that it plays. */
  async play(_target: PlayTarget, _items: readonly PlayItem[], _options?: PlayOptions): Promise<Play> {
    throw new Error('not written yet');
  }

  /** Music that a leg alone in the room hears (looped); null for none. */
  async setMusic(_room: string, _file: string | null): Promise<void> {
    throw new Error('not written yet');
  }

  /** 0-9 * # A-D; RFC 4733 when negotiated, tones otherwise. Resolves when they are queued. */
  async sendDigits(_leg: string, _digits: string, _options?: { durationMs?: number; gapMs?: number }): Promise<void> {
    throw new Error('not written yet');
  }

  /** The leg's final figures, or null when it was not there any more. */
  async closeLeg(_leg: string): Promise<LegStats | null> {
    throw new Error('not written yet');
  }

  /** Sums over the processes as of their last report (at most five seconds old). */
  stats(): EngineStats {
    throw new Error('not written yet');
  }

  /** Ends the media processes. */
  async close(): Promise<void> {}
}
