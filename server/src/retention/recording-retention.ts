import type { Dirent } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { SettledTime } from './settled-time.ts';

/** What was written to more recently is still being written, whatever anybody else thinks. */
const settledMs = 60_000;
/** Between two recordings that are looked at or removed, so that nobody waits for the disk behind a row of them. */
const restMs = 2;
/** The blocks that stat counts in. */
const blockBytes = 512;

export interface RecordingRetentionOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Has one folder for each recording. */
  readonly folder: string;
  /** Ids of the recordings that run now. */
  readonly running: () => ReadonlySet<string>;
}

/** Null: without bound. */
export interface RecordingsKept {
  readonly ageMs: number | null;
  /** On the disk, all together. */
  readonly bytes: number | null;
}

interface Measured {
  /** When it was last written to, ms since the epoch. */
  readonly endedAt: number;
  readonly bytes: number;
}

/**
 * Removes recordings that ended too long ago, and the oldest of those that are too much, from the disk; never one that
 * is being written. Those that have ended are measured once.
 */
export class RecordingRetention {
  readonly #options: RecordingRetentionOptions;
  readonly #time: SettledTime;
  readonly #measured = new Map<string, Measured>();
  #closed = false;

  constructor(options: RecordingRetentionOptions) {
    this.#options = options;
    this.#time = new SettledTime(options.clock);
  }

  close(): void {
    this.#closed = true;
  }

  /**
   * How many were removed; what cannot be removed is logged, and tried again the next time. Rejects when the folder
   * cannot be read.
   */
  async prune({ ageMs, bytes }: RecordingsKept): Promise<number> {
    if (ageMs === null && bytes === null) return 0;
    const now = this.#time.now();
    const ended = await this.#ended(this.#options.clock.now());
    let most = 0;
    for (const { bytes: own } of ended.values()) most += own;
    let gone = 0;
    for (const [id, one] of [...ended].sort(([, a], [, b]) => a.endedAt - b.endedAt)) {
      const tooOld = ageMs !== null && one.endedAt < now - ageMs;
      if (this.#closed || (!tooOld && (bytes === null || most <= bytes))) break;
      if (!(await this.#remove(id))) continue;
      most -= one.bytes;
      gone++;
    }
    return gone;
  }

  /** Every recording that is not written any more. */
  async #ended(now: number): Promise<Map<string, Measured>> {
    const { folder } = this.#options;
    const running = this.#options.running();
    const ids = new Set(
      (await readdir(folder, { withFileTypes: true }).catch(nothing)).filter(isRecording).map(nameOf),
    );
    for (const id of this.#measured.keys()) if (!ids.has(id)) this.#measured.delete(id);
    const ended = new Map<string, Measured>();
    for (const id of ids) {
      if (this.#closed) break;
      if (running.has(id)) continue;
      let one = this.#measured.get(id);
      if (one === undefined) {
        one = await measure(join(folder, id));
        if (one.endedAt > now - settledMs) continue;
        this.#measured.set(id, one);
        await this.#rest();
      }
      ended.set(id, one);
    }
    return ended;
  }

  async #remove(id: string): Promise<boolean> {
    const { folder, log, running } = this.#options;
    if (running().has(id)) return false;
    try {
      await rm(join(folder, id), { recursive: true, force: true });
    } catch (error) {
      log.warn({ recording: id, err: error }, 'an old recording could not be removed');
      return false;
    }
    this.#measured.delete(id);
    await this.#rest();
    return true;
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(restMs, resolve));
  }
}

async function measure(folder: string): Promise<Measured> {
  const own = await lstat(folder).catch(() => null);
  let endedAt = own?.mtimeMs ?? 0;
  let bytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const file = await lstat(join(folder, name)).catch(() => null);
    if (file === null) continue;
    endedAt = Math.max(endedAt, file.mtimeMs);
    // Silence takes no room.
    bytes += file.blocks * blockBytes;
  }
  return { endedAt, bytes };
}

const isRecording = (entry: Dirent): boolean => entry.isDirectory() && /^[0-9a-z]{1,64}$/.test(entry.name);
const nameOf = (entry: Dirent): string => entry.name;

/** Nothing has been recorded yet. */
function nothing(error: NodeJS.ErrnoException): Dirent[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
