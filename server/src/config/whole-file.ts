import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';

/** Twice what a hundred thousand users take. */
const mostBytes = 64 * 1024 * 1024;
/** For whoever writes to the other end of a pipe. */
const longestSilenceMs = 30_000;
const pauseMs = 20;
const chunkBytes = 64 * 1024;

/** Why a file that was named cannot be read, as the end of a sentence that begins with the file. */
export class CannotBeRead extends Error {}

/**
 * All of a file, also of a pipe (`--config <(…)`, /dev/stdin). Bounded in size and time, as a pipe that nobody writes
 * to and a device without an end would hold up the process for ever. Throws what opening and reading throw, and
 * `CannotBeRead`.
 */
export function readWhole(path: string, most = mostBytes, silenceMs = longestSilenceMs): Buffer {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const isFile = fstatSync(fd).isFile();
    const chunks: Buffer[] = [];
    let bytes = 0;
    let until = systemClock.monotonic() + silenceMs;
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const count = readNow(fd, chunk);
      // A pipe that nobody has opened yet is at its end, too.
      if (count === 0 && (isFile || bytes > 0 || !fstatSync(fd).isFIFO())) return Buffer.concat(chunks);
      if (count === null || count === 0) {
        if (systemClock.monotonic() > until) throw new CannotBeRead(`nothing came of it for ${silenceMs / 1000} s`);
        pause();
        continue;
      }
      bytes += count;
      if (bytes > most) throw new CannotBeRead(`it is larger than ${most / 1024 ** 2} MB`);
      chunks.push(chunk.subarray(0, count));
      until = systemClock.monotonic() + silenceMs;
    }
  } finally {
    closeSync(fd);
  }
}

/** Null: there is nothing yet. */
function readNow(fd: number, chunk: Buffer): number | null {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}

/** Nothing else can be done before the configuration is read. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}
