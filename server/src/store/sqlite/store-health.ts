import { statSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { GroupWriter, WriteStep } from './threads/writer.ts';

/** How long an answer holds: whoever asks often is told what was found last. */
const holdsMs = 1000;
/** A commit takes milliseconds; one that takes so long waits for a lock or a disk that does not answer. */
const slowMs = 2000;
/** With less free space the next commits will fail. */
const leastFree = 4 * 1024 * 1024;
/** Large enough that room has to be found for it. */
const probeName = '-probe';
const probe = 'x'.repeat(16_384);

export interface StoreHealthOptions {
  readonly clock: Clock;
  readonly writer: Pick<GroupWriter, 'write'>;
  readonly folder: string;
  /** The database, there already. */
  readonly file: string;
}

/**
 * Whether something can be stored now, found out by storing something: a row that is taken out again in the same
 * commit.
 */
export class StoreHealth {
  readonly #options: StoreHealthOptions;
  /** The file that is open: one of the same name may take its place, or none. */
  readonly #opened: number;
  #asked: { readonly at: number; readonly answer: Promise<string | null> } | null = null;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
    this.#opened = statSync(options.file).ino;
  }

  /** Why nothing can be stored, in one line; null: it can. Never rejects. */
  trouble(): Promise<string | null> {
    const now = this.#options.clock.monotonic();
    if (this.#asked === null || now - this.#asked.at >= holdsMs) this.#asked = { at: now, answer: this.#find() };
    return this.#asked.answer;
  }

  async #find(): Promise<string | null> {
    const { clock, writer, folder, file } = this.#options;
    const free = await statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => Number.POSITIVE_INFINITY,
    );
    const found = await stat(file).then(
      ({ ino }) => ino,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' || error.code === 'ENOTDIR' ? null : this.#opened),
    );
    if (found !== this.#opened) return `${file} was removed or replaced: what is stored now is gone after a restart`;
    if (free < leastFree) return `the disk is full: ${Math.floor(free / 1024)} KB are left for ${folder}`;
    const steps: WriteStep[] = [
      { sql: 'insert or replace into salt (name, value) values (?, ?)', parameters: [probeName, probe] },
      { sql: 'delete from salt where name = ?', parameters: [probeName] },
    ];
    const written = writer.write(steps).then(
      () => null,
      (error) => `the store cannot be written: ${coerceError(error).message}`,
    );
    const late = new Promise<string>((resolve) =>
      clock.setTimer(slowMs, () => resolve('the store cannot be written: it is locked, or the disk does not answer')),
    );
    return Promise.race([written, late]);
  }
}
