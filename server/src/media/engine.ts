import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { makeFolder } from '../base/folders.ts';
import type { Log } from '../base/log.ts';
import type {
  Ask,
  IceRestarted,
  LegAsk,
  LegCommand,
  LocalMedia,
  OpenCommand,
  PlayItem,
  PlayOptions,
  PlayTarget,
  RecordingRequest,
  TransportRequest,
  UdpLocal,
  WebRtcLocal,
  WebRtcRequest,
} from './channel/commands.ts';
import type { LegSample, LegStats, Notifications, ProcessStats, Recorded } from './channel/protocol.ts';
import { countedWith, type EngineStats, nothingCounted, statsOf } from './engine-stats.ts';
import type { MediaEvents } from './media-events.ts';
import { Places } from './places.ts';
import { ProcessHandle, troubleOf } from './process-handle.ts';
import { reachable } from './reachable.ts';
import { type Play, RunningPlays } from './running-plays.ts';
import { checkSocketPlace, socketPathOf } from './socket-place.ts';

export type {
  IceRestarted,
  LegAsk,
  LegCommand,
  LegConfiguration,
  LegSettings,
  PlayItem,
  PlayOptions,
  PlayTarget,
  RecordingRequest,
  WebRtcLocal,
} from './channel/commands.ts';
export type {
  LegSample,
  LegStats,
  PlayEnd,
  ProcessStats,
  Recorded,
  RecordingFile,
  RoomLevels,
} from './channel/protocol.ts';
export type { MediaEvents } from './media-events.ts';
export type { Play } from './running-plays.ts';

export interface MediaEngineOptions {
  /** How many media processes; every organization lives in one of them. */
  readonly processes: number;
  /** The IP address RTP sockets are bound to. */
  readonly bind: string;
  /** The address peers are told, when it is not `bind` (NAT, containers). */
  readonly advertise: string | null;
  /** Inclusive; every process draws from all of it. A leg takes an even port and the odd one above it. */
  readonly rtpPorts: { readonly from: number; readonly to: number };
  /**
   * UDP port for browsers; with several processes each has the next one. Bound when the first browser comes.
   * Default: 40000.
   */
  readonly webrtcPort?: number;
  /** What plain RTP goes through; `auto`, the fastest that works, when missing. */
  readonly sockets?: 'auto' | 'uring' | 'dgram';
  /** Whether processes run through their work once when they start (some of a second of CPU); not when missing. */
  readonly warmUp?: boolean;
  /** Folder of the control sockets (`media-<index>.sock`); created when missing. */
  readonly socketFolder: string;
  /** Folder that the names of played files are relative to. */
  readonly promptsRoot: string;
  /** A leg that hears nothing for this long is reported once (default 30 000). */
  readonly mediaTimeoutMs?: number;
  readonly log: Log;
  readonly clock: Clock;
}

const defaultMediaTimeoutMs = 30_000;
const defaultWebRtcPort = 40_000;

/**
 * The media as the control process sees it. Rooms and legs of one organization live in one media process; a leg can
 * only join rooms of its own organization. Methods reject with AppError: `notFound` for an unknown leg or room where
 * that matters, `invalidArgument`, `unavailable` while the process is being replaced or out of ports.
 * Closing what is unknown is fine.
 */
export class MediaEngine {
  readonly #options: MediaEngineOptions;
  readonly #events: Emitter<MediaEvents>;
  readonly #processes: ProcessHandle[] = [];
  readonly #places = new Places(this.#processes);
  readonly #plays = new RunningPlays();
  readonly #reports = new Map<number, ProcessStats>();
  /** By processes that are gone. */
  #before = nothingCounted;

  /** Nothing runs before `begin`. */
  constructor(options: MediaEngineOptions) {
    this.#options = options;
    this.#events = new Emitter((error) => options.log.error({ err: error }, 'a media event listener failed'));
    for (let index = 0; index < options.processes; index++) this.#processes.push(this.#handle(index));
  }

  /** Made and begun. */
  static async start(options: MediaEngineOptions): Promise<MediaEngine> {
    const engine = new MediaEngine(options);
    await engine.begin();
    return engine;
  }

  /**
   * Adopts media processes that still live from an earlier run (their legs and rooms are closed), starts the others.
   */
  async begin(): Promise<void> {
    const { processes, socketFolder } = this.#options;
    makeFolder(socketFolder, 0o700);
    for (let index = 0; index < processes; index++) checkSocketPlace(socketPathOf(socketFolder, index));
    const started = await Promise.allSettled(this.#processes.map((process) => process.start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await this.close();
    throw failed.reason;
  }

  on<Name extends keyof MediaEvents>(name: Name, listener: (event: MediaEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  async createRoom(room: string, organization: string): Promise<void> {
    if (this.#places.rooms.has(room)) return;
    const placed = this.#places.place(organization);
    this.#places.rooms.set(room, placed);
    try {
      await placed.process.request('createRoom', { room });
    } catch (error) {
      this.#places.forget(this.#places.rooms, room, placed);
      throw error;
    }
  }

  async closeRoom(room: string): Promise<void> {
    const placed = this.#places.rooms.get(room);
    if (placed === undefined) return;
    this.#places.forget(this.#places.rooms, room, placed);
    this.#places.forgetRecordings(room);
    if (placed.process.live) await placed.process.request('closeRoom', { room });
  }

  /** Binds the leg's sockets. `address` is what goes into SDP, `bound` where they are. */
  async openLeg(
    leg: string,
    organization: string,
  ): Promise<{ address: string; bound: string; port: number; rtcpPort: number }> {
    const { bind, advertise } = this.#options;
    const opened = (await this.#open(leg, organization, { kind: 'udp', bind })) as UdpLocal;
    return { ...opened, bound: opened.address, address: advertise ?? opened.address };
  }

  /**
   * Opens the leg of a browser by its offer; a leg that is open already travels the new way from then on. Rejects with
   * `unavailable` also when no port is free.
   */
  async openWebRtcLeg(
    leg: string,
    organization: string,
    offer: Omit<WebRtcRequest, 'kind' | 'bind'>,
  ): Promise<WebRtcLocal> {
    const { bind, advertise } = this.#options;
    const transport = { ...offer, kind: 'webrtc', bind } as const;
    const moved = this.#places.legs.get(leg)?.process.request('moveLeg', { leg, transport });
    const opened = (await (moved ?? this.#open(leg, organization, transport))) as WebRtcLocal;
    return { ...opened, candidates: reachable(opened.candidates, advertise) };
  }

  /**
   * Restarts ICE of a browser's leg (RFC 8445 §9) with the credentials that the browser has named; all else goes on.
   * Asking again with the same credentials gives the same answer. Rejects with `unavailable` when it cannot be
   * restarted; the leg goes on as before then.
   */
  async restartIce(leg: string, theirs: Pick<IceRestarted, 'iceUfrag' | 'icePwd'>): Promise<IceRestarted> {
    const { iceUfrag, icePwd } = theirs;
    const restarted = await this.#places.processOf({ leg }).request('restartIce', { leg, iceUfrag, icePwd });
    return { ...restarted, candidates: reachable(restarted.candidates, this.#options.advertise) };
  }

  async #open(leg: string, organization: string, transport: TransportRequest): Promise<LocalMedia> {
    const known = this.#places.legs.get(leg);
    const placed = known ?? this.#places.place(organization);
    this.#places.legs.set(leg, placed);
    try {
      return await placed.process.request('openLeg', { leg, cname: leg, transport });
    } catch (error) {
      if (known === undefined) this.#places.forget(this.#places.legs, leg, placed);
      throw error;
    }
  }

  /**
   * Performs a command on a leg or a room that is there. `joinRoom` also moves the leg from the room it is in.
   * `sendDigits`: 0-9 * # A-D; RFC 4733 when negotiated, tones otherwise; resolves when they are queued. `setMusic`:
   * what a leg alone in the room hears (looped).
   */
  async perform<Name extends OpenCommand>(command: Name, ask: Ask<Name>): Promise<void> {
    const named: { readonly leg?: string; readonly room?: string } = ask;
    // A leg that is not there is in no room.
    if (command === 'leaveRoom' && !this.#places.legs.has(named.leg ?? '')) return;
    await this.#places.processOf(named).request(command, ask);
  }

  /** `perform` on this leg. */
  async performOnLeg<Name extends LegCommand>(leg: string, command: Name, ask: LegAsk<Name>): Promise<void> {
    // What a leg command asks is this and its leg.
    await this.perform(command, { ...ask, leg } as unknown as Ask<Name>);
  }

  /** A leg plays one thing at a time (a newer play ends the older as `stopped`); a room mixes all that it plays. */
  async play(target: PlayTarget, items: readonly PlayItem[], options: PlayOptions = {}): Promise<Play> {
    return await this.#plays.begin(this.#places.processOf(target), target, items, options);
  }

  /**
   * Records the room from its next frame on, into complete WAV files at every moment. Resolves when it has begun; that
   * it cannot be written is told by `recordingFailed`. Ends with its room. Rejects with `conflict` when the room is
   * being recorded.
   */
  async startRecording(request: RecordingRequest): Promise<void> {
    const { recording, room } = request;
    if (this.#places.recordings.has(recording)) return;
    const running = { process: this.#places.processOf({ room }), room };
    this.#places.recordings.set(recording, running);
    try {
      await running.process.request('startRecording', request);
    } catch (error) {
      if (this.#places.recordings.get(recording) === running) this.#places.recordings.delete(recording);
      throw error;
    }
  }

  /**
   * What is said while it is paused is left out of the recording, which goes on without a gap. Does nothing for an
   * unknown recording.
   */
  async pauseRecording(recording: string, paused: boolean): Promise<void> {
    const running = this.#places.recordings.get(recording);
    if (running?.process.live === true) await running.process.request('pauseRecording', { recording, paused });
  }

  /** Resolves when all is written; null when the recording was not there any more. */
  async stopRecording(recording: string): Promise<Recorded | null> {
    const running = this.#places.recordings.get(recording);
    this.#places.recordings.delete(recording);
    if (running === undefined || !running.process.live) return null;
    return (await running.process.request('stopRecording', { recording })).recorded;
  }

  /** The leg's final figures, or null when it was not there any more. */
  async closeLeg(leg: string): Promise<LegStats | null> {
    const placed = this.#places.legs.get(leg);
    if (placed === undefined) return null;
    this.#places.forget(this.#places.legs, leg, placed);
    if (!placed.process.live) return null;
    const at = this.#options.clock.now();
    const { stats } = await placed.process.request('closeLeg', { leg });
    if (stats !== null) this.#events.emit('legClosed', { leg, at, stats });
    return stats;
  }

  /** Sums over the processes as of their last report (at most five seconds old). */
  stats(): EngineStats {
    const { rooms, legs } = this.#places;
    const held = { rooms: rooms.size, legs: legs.size, before: this.#before };
    return statsOf(this.#processes, [...this.#reports.values()], held);
  }

  /** Why no call, or not every call, can have sound now; null: every one can. */
  trouble(): string | null {
    const late = [...this.#reports.values()].filter((one) => one.overloaded).length;
    const overloaded = `${late} of ${this.#processes.length} media processes run late and take no new calls`;
    const { from, to } = this.#options.rtpPorts;
    const noPort = `no RTP port is free: all of media.rtpPorts (${from}-${to}) are in use`;
    const usedUp = [...this.#reports.values()].some((one) => one.portsUsedUp) ? noPort : null;
    return troubleOf(this.#processes) ?? (late > 0 ? overloaded : usedUp);
  }

  /** Fresh figures of every live process. */
  async processStats(): Promise<ProcessStats[]> {
    return Promise.all(this.#processes.filter((one) => one.live).map((one) => one.request('stats', {})));
  }

  /** How every leg sounds now, except those of a process that does not answer. */
  async samples(): Promise<LegSample[]> {
    const live = this.#processes.filter((one) => one.live).map((one) => one.request('samples', {}));
    const answers = await Promise.allSettled(live);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.legs : []));
  }

  /** Turns the event `levels` on or off; on lasts ten seconds, so it has to be asked for again. */
  watchLevels(on: boolean): void {
    for (const process of this.#processes) if (process.live) process.request('watchLevels', { on }).catch(() => {});
  }

  /** Ends the media processes. Idempotent. */
  async close(): Promise<void> {
    this.#plays.lost();
    await Promise.all(this.#processes.map((process) => process.close()));
  }

  #handle(index: number): ProcessHandle {
    const { rtpPorts, webrtcPort, processes, promptsRoot, mediaTimeoutMs, sockets, warmUp, log, clock } = this.#options;
    return new ProcessHandle({
      index,
      socketPath: socketPathOf(this.#options.socketFolder, index),
      args: [
        ...['--bind', this.#options.bind],
        ...['--ports', `${rtpPorts.from}-${rtpPorts.to}`],
        ...['--share', `${index}/${processes}`],
        ...['--webrtc', String((webrtcPort ?? defaultWebRtcPort) + index)],
        ...['--prompts', promptsRoot],
        ...['--media-timeout', String(mediaTimeoutMs ?? defaultMediaTimeoutMs)],
        ...['--sockets', sockets ?? 'auto'],
        ...['--warm-up', warmUp === true ? 'on' : 'off'],
        ...['--log', log.level],
      ],
      clock,
      log,
      onNotification: (name, data) => this.#take(index, name as keyof Notifications, data),
      onDied: (reason) => this.#died(index, reason),
    });
  }

  #take(index: number, name: keyof Notifications, data: unknown): void {
    switch (name) {
      case 'digit':
      case 'talking':
      case 'sounds':
      case 'mediaTimeout': {
        const event = data as MediaEvents['digit'] & MediaEvents['talking' | 'sounds'] & MediaEvents['mediaTimeout'];
        // What was said of a leg that is closed by now is of no use.
        if (this.#places.legs.has(event.leg)) this.#events.emit(name, event);
        return;
      }
      case 'played': {
        const { play, reason } = data as Notifications['played'];
        this.#plays.end(play, reason);
        return;
      }
      case 'recordingFailed': {
        const event = data as Notifications['recordingFailed'];
        if (this.#places.recordings.delete(event.recording)) this.#events.emit('recordingFailed', event);
        return;
      }
      case 'levels':
        this.#events.emit('levels', data as Notifications['levels']);
        return;
      case 'stats':
        this.#reports.set(index, data as ProcessStats);
        this.#events.emit('stats', { index, stats: data as ProcessStats });
    }
  }

  #died(index: number, reason: string): void {
    const process = this.#processes[index]!;
    const last = this.#reports.get(index);
    if (last !== undefined) this.#before = countedWith(this.#before, [last]);
    this.#reports.delete(index);
    const { legs, rooms } = this.#places.lost(process);
    this.#plays.lost(process);
    this.#events.emit('processDied', { index, reason });
    for (const leg of legs) this.#events.emit('legLost', { leg, reason });
    for (const room of rooms) this.#events.emit('roomLost', { room, reason });
  }
}
