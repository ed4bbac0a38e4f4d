import { Worker } from 'node:worker_threads';
import type { Log } from '../../../base/log.ts';
import type { RecordingRequest } from '../../channel/commands.ts';
import { CommandError, type Recorded } from '../../channel/protocol.ts';
import type { Room } from '../room/room.ts';
import type { RecordingOrder, RecordingReport } from './recording-orders.ts';
import { type RecordedBlock, RoomRecorder } from './room-recorder.ts';

/** Samples on their way to the disk, of all recordings, in bytes. A disk that is further behind has failed. */
const mostQueued = 32 * 1024 * 1024;

function newThread(): Worker {
  return new Worker(new URL('./recording-thread.ts', import.meta.url));
}

interface Recording {
  /** Null when it takes down nothing any more. */
  room: Room | null;
  readonly recorder: RoomRecorder;
  /** Resolved when its files are complete. */
  readonly closed: PromiseWithResolvers<Recorded | null>;
  /** The bytes of each block that the thread has not written yet. */
  readonly queued: number[];
}

export interface RecordingsEvents {
  /** The room is recorded no longer although nobody asked for that. */
  onFailed(recording: string, room: Room, reason: string): void;
}

/**
 * The recordings of a media process.
 *
 *   taking down → (stop, or its room closed) → closing → gone
 *   taking down → (cannot be written)        → gone, and told
 */
export class Recordings {
  readonly #events: RecordingsEvents;
  readonly #log: Log;
  readonly #all = new Map<string, Recording>();
  #thread: Worker | null = null;
  #queued = 0;
  readonly #most: number;
  readonly #makeThread: () => Worker;

  /** `most` bytes may wait for the disk. */
  constructor(log: Log, events: RecordingsEvents, most = mostQueued, makeThread = newThread) {
    this.#log = log;
    this.#events = events;
    this.#most = most;
    this.#makeThread = makeThread;
  }

  /**
   * From the room's next frame on. The caller makes the room tick. Throws CommandError `busy` when the room is being
   * recorded; where the system has no thread for it, what it says. Nothing has changed then.
   */
  start(room: Room, { recording, folder, tone }: RecordingRequest): void {
    if (this.#all.has(recording)) return;
    if (room.recorder !== null) throw new CommandError('busy', `room ${room.id} is being recorded`);
    this.#thread ??= this.#startThread();
    const recorder = new RoomRecorder(recording, room.rate, tone, (block) => this.#write(recording, block));
    this.#all.set(recording, { room, recorder, closed: Promise.withResolvers(), queued: [] });
    room.recorder = recorder;
    this.#order({ do: 'open', recording, folder, rate: room.rate });
    this.#thread?.ref();
  }

  /** From the room's next frame on. Nothing for an unknown one. */
  pause(recording: string, paused: boolean): void {
    const one = this.#all.get(recording);
    if (one !== undefined) one.recorder.paused = paused;
  }

  /** The room it was of, and when its files are complete. Null for an unknown one. */
  stop(recording: string): { room: Room | null; closed: Promise<Recorded | null> } | null {
    const one = this.#all.get(recording);
    if (one === undefined) return null;
    const { room } = one;
    if (room !== null) this.#close(recording, one, room);
    return { room, closed: one.closed.promise };
  }

  /** When everything that was stopped is on disk. */
  async settled(): Promise<void> {
    await Promise.all(Array.from(this.#all.values(), ({ closed }) => closed.promise));
  }

  #close(recording: string, one: Recording, room: Room): void {
    room.recorder = null;
    one.room = null;
    one.recorder.end();
    this.#order({ do: 'close', recording });
  }

  #write(recording: string, block: RecordedBlock): void {
    const one = this.#all.get(recording);
    if (one === undefined) return;
    const arrays = [block.mix, ...block.tracks.flatMap(({ pcm }) => (pcm === null ? [] : [pcm]))];
    const bytes = arrays.reduce((total, pcm) => total + pcm.byteLength, 0);
    if (this.#queued + bytes > this.#most) {
      // The room is in the middle of its frame.
      if (one.room !== null) queueMicrotask(() => this.#giveUp(recording, 'the disk is too slow'));
      return;
    }
    this.#queued += bytes;
    one.queued.push(bytes);
    this.#order(
      { do: 'write', recording, block },
      arrays.map((pcm) => pcm.buffer as ArrayBuffer),
    );
  }

  /** What is queued is still written. */
  #giveUp(recording: string, reason: string): void {
    const one = this.#all.get(recording);
    if (one === undefined || one.room === null) return;
    const { room } = one;
    this.#close(recording, one, room);
    this.#tell(recording, room, reason);
  }

  #order(order: RecordingOrder, transfer: ArrayBuffer[] = []): void {
    this.#thread?.postMessage(order, transfer);
  }

  #startThread(): Worker {
    const thread = this.#makeThread();
    thread.on('message', (report: RecordingReport) => this.#take(report));
    thread.on('error', (error) => this.#lost(thread, error));
    return thread;
  }

  #take(report: RecordingReport): void {
    const { recording } = report;
    const one = this.#all.get(recording);
    if (one === undefined) return;
    const order = report.did === 'fail' ? report.order : report.did;
    if (order === 'write') this.#queued -= one.queued.shift() ?? 0;
    if (report.did === 'close') {
      this.#forget(recording);
      one.closed.resolve(report.recorded);
    } else if (report.did === 'fail') {
      this.#fail(recording, one, report.reason);
    }
  }

  /** The thread keeps the process only while there is something to write. */
  #forget(recording: string): void {
    this.#all.delete(recording);
    if (this.#all.size === 0) this.#thread?.unref();
  }

  #fail(recording: string, one: Recording, reason: string): void {
    this.#forget(recording);
    for (const bytes of one.queued.splice(0)) this.#queued -= bytes;
    one.closed.resolve(null);
    const { room } = one;
    if (room === null) {
      this.#log.error({ recording, reason }, 'the end of a recording could not be written');
      return;
    }
    room.recorder = null;
    this.#tell(recording, room, reason);
  }

  #tell(recording: string, room: Room, reason: string): void {
    this.#log.error({ recording, call: room.id, reason }, 'a recording failed');
    this.#events.onFailed(recording, room, reason);
  }

  #lost(thread: Worker, error: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#log.error({ err: error }, 'the recording thread failed');
    for (const [recording, one] of [...this.#all]) this.#fail(recording, one, 'the recording thread failed');
  }
}
