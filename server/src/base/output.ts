import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { systemClock } from './clock.ts';

/** What may wait for whoever reads, in characters; what comes beyond is lost. */
const mostWaiting = 4 * 1024 * 1024;
/** How soon a terminal that took nothing is tried again. */
const retryMs = 100;

/**
 * Standard output or error, written behind: a reader who is slow, a terminal that was stopped (Ctrl-S) and a pipe that
 * nobody empties hold up nobody, and what waits for them is bounded. A reader that is gone, or a full disk, costs what
 * was written then and nothing else.
 */
export interface Output {
  write(text: string): void;
  /** `done` when everything has been written, which may be never. */
  flush(done: () => void): void;
}

let standardErrorOnce: Output | null = null;

/** Files by a thread of the pool, as Node.js would wait for the disk. */
export function standardError(): Output {
  standardErrorOnce ??= isFileOrDevice(2) ? new WrittenBehind(ownTerminal(2) ?? 2) : asStream(process.stderr);
  return standardErrorOnce;
}

/** A file or pipe is left to Node.js, which holds the server up for none of them. */
export function standardOutput(): Output {
  const own = ownTerminal(1);
  return own === null ? asStream(process.stdout) : new WrittenBehind(own);
}

/**
 * The terminal behind `fd`, opened anew so that writing does not wait: whether it does is said of it as it was opened,
 * which we share with the shell. A thread that waits for a terminal which was stopped would keep the process for ever,
 * also when it was told to end. Null: it is no terminal, or somebody else's, or there is no way to (/proc).
 */
function ownTerminal(fd: 1 | 2): number | null {
  try {
    if (!isatty(fd)) return null;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
}

/**
 * What comes while something is written is written in one piece. Not for pipes, which would keep the thread as well.
 */
class WrittenBehind implements Output {
  readonly #fd: number;
  #waiting: string[] = [];
  #length = 0;
  #writing = false;
  #flushed: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
    process.on('exit', () => {
      try {
        writeSync(fd, this.#waiting.join(''));
      } catch {} // Nobody reads any more, or the disk is full.
    });
  }

  write(text: string): void {
    if (this.#length > mostWaiting) return;
    this.#waiting.push(text);
    this.#length += text.length;
    this.#next();
  }

  flush(done: () => void): void {
    this.#flushed.push(done);
    this.#next();
  }

  #next(): void {
    if (this.#writing) return;
    const texts = this.#waiting;
    this.#waiting = [];
    this.#length = 0;
    if (texts.length > 0) {
      this.#writing = true;
      this.#put(Buffer.from(texts.join('')));
      return;
    }
    for (const done of this.#flushed.splice(0)) done();
  }

  #put(bytes: Buffer): void {
    write(this.#fd, bytes, (error, count) => {
      if (error?.code === 'EAGAIN') {
        systemClock.setTimer(retryMs, () => this.#put(bytes));
        return;
      }
      if (error === null && count > 0 && count < bytes.length) return this.#put(bytes.subarray(count));
      this.#writing = false;
      this.#next();
    });
  }
}

function asStream(stream: NodeJS.WriteStream): Output {
  stream.on('error', () => undefined);
  return {
    write(text) {
      if (stream.writableLength < mostWaiting) stream.write(text);
    },
    flush(done) {
      stream.write('', () => done());
    },
  };
}

function isFileOrDevice(fd: number): boolean {
  try {
    const about = fstatSync(fd);
    return about.isFile() || about.isCharacterDevice();
  } catch {
    return false;
  }
}
