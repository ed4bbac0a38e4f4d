import { open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError } from '../../base/app-error.ts';
import { makeFolder } from '../../base/folders.ts';
import type { Log } from '../../base/log.ts';

export interface SegmentLogOptions {
  /** Absolute; made when something is first written. */
  readonly folder: string;
  /** Ends the names of its files, so that several logs may share a folder. */
  readonly suffix: string;
  readonly log: Log;
  /** All files together, bytes; beyond it the oldest go. 0: nothing is kept. */
  readonly mostBytes: number;
  /** One file. Default 4 MB. */
  readonly segmentBytes?: number;
}

export interface ReadSegment {
  /** The same for the same file. */
  readonly file: object;
  readonly bytes: Buffer;
  /** Nothing is appended any more. */
  readonly isWhole: boolean;
}

interface Segment {
  readonly path: string;
  /** ms since the epoch, of its first piece. */
  readonly from: number;
  readonly number: number;
  bytes: number;
}

/** Pieces that may wait for the disk, bytes; what comes beyond it is dropped and counted. */
const mostWaiting = 8 * 1024 * 1024;

/**
 * Pieces of bytes in the order of their times, in files that are only appended to. Writing is never waited for, and
 * what the disk does not take is lost: it is for looking at, no call depends on it. Bounded: the oldest file makes
 * room.
 */
export class SegmentLog {
  dropped = 0;
  readonly #options: SegmentLogOptions;
  readonly #segmentBytes: number;
  #segments: Segment[] | null = null;
  /** A run writes to files of its own: the last piece of the one before may be torn. */
  #current: Segment | null = null;
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #troubled = false;
  #closed = false;

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? 4 * 1024 * 1024;
  }

  get keeps(): boolean {
    return this.#options.mostBytes > 0;
  }

  /** Returns at once; the piece is not copied. `at`: ms since the epoch. */
  append(piece: Buffer, at: number): void {
    if (!this.keeps || this.#closed) return;
    if (this.#waiting + piece.length > mostWaiting) {
      this.dropped++;
      return;
    }
    this.#waiting += piece.length;
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#write(piece, at);
        this.#troubled = false;
      } catch (error) {
        this.dropped++;
        // A full disk stays full for a while: one line about it.
        if (!this.#troubled) this.#options.log.warn({ error: coerceError(error).message }, 'what is seen is not kept');
        this.#troubled = true;
      } finally {
        this.#waiting -= piece.length;
      }
    });
  }

  /**
   * The files that may hold pieces of this time, whole, the oldest first; what was appended before is in them.
   * `isWanted`: false for those not to be read.
   */
  async *read(
    { from, to }: { readonly from: number; readonly to: number },
    isWanted: (file: object) => boolean = () => true,
  ): AsyncGenerator<ReadSegment> {
    if (!this.keeps) return;
    await this.#writing;
    const segments = [...(await this.#known())];
    for (const [at, segment] of segments.entries()) {
      const next = segments[at + 1];
      if (segment.from > to || (next !== undefined && next.from < from) || !isWanted(segment)) continue;
      const isWhole = segment !== this.#current || segment.bytes >= this.#segmentBytes;
      const bytes = await readFile(segment.path).catch(() => null);
      if (bytes !== null) yield { file: segment, bytes, isWhole };
    }
  }

  /** Removes files that hold nothing younger than that. */
  async prune(before: number): Promise<void> {
    if (!this.keeps) return;
    const segments = await this.#known();
    while (segments[1] !== undefined && segments[1].from <= before) await this.#removeFirst(segments);
    const [last] = segments;
    if (last === undefined || last === this.#current || segments.length > 1) return;
    const { mtimeMs } = await stat(last.path).catch(() => ({ mtimeMs: 0 }));
    if (mtimeMs < before) await this.#removeFirst(segments);
  }

  /** Resolves when what was appended is written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #write(piece: Buffer, at: number): Promise<void> {
    const segments = await this.#known();
    if (this.#current === null || this.#current.bytes >= this.#segmentBytes) {
      const number = (segments.at(-1)?.number ?? 0) + 1;
      const name = `${String(number).padStart(10, '0')}-${at}.${this.#options.suffix}`;
      makeFolder(this.#options.folder, 0o700);
      this.#current = { path: join(this.#options.folder, name), from: at, number, bytes: 0 };
      segments.push(this.#current);
    }
    const file = await open(this.#current.path, 'a', 0o600);
    try {
      await file.write(piece);
      this.#current.bytes += piece.length;
    } catch (error) {
      // A piece that is there in part would hide what comes after it.
      await file.truncate(this.#current.bytes).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    const { mostBytes } = this.#options;
    let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    while (total > mostBytes && segments[0] !== undefined && segments[0] !== this.#current) {
      total -= segments[0].bytes;
      await this.#removeFirst(segments);
    }
  }

  async #removeFirst(segments: Segment[]): Promise<void> {
    const [first] = segments.splice(0, 1);
    if (first !== undefined) await unlink(first.path).catch(() => undefined);
  }

  async #known(): Promise<Segment[]> {
    if (this.#segments !== null) return this.#segments;
    const { folder, suffix } = this.#options;
    const names = await readdir(folder).catch(() => []);
    const found: Segment[] = [];
    for (const name of names) {
      const [, number, from] = /^([0-9]{10})-([0-9]{1,15})[.]([a-z]+)$/.exec(name) ?? [];
      if (number === undefined || from === undefined || !name.endsWith(`.${suffix}`)) continue;
      const path = join(folder, name);
      const size = await stat(path).catch(() => null);
      if (size !== null) found.push({ path, from: Number(from), number: Number(number), bytes: size.size });
    }
    found.sort((a, b) => a.number - b.number);
    this.#segments ??= found;
    return this.#segments;
  }
}
