import { fstatSync, write, writeSync } from 'node:fs';
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';

/**
 * The structured log (pino). Bind what a line is about with `child`, e.g. `log.child({ call: id })`, so that every
 * line about it carries its id. Never pass a PIN, password, token or key; wrap those in a Secret first.
 */
export type Log = Logger;

/** What may wait for whoever reads the log, in bytes; lines beyond it are lost. */
const mostWaiting = 4 * 1024 * 1024;

/**
 * Writes JSON lines to standard error (standard output is for people) or to `destination`. `mixin`: what each line has
 * besides.
 */
export function createLog(level: LevelWithSilent = 'info', destination?: DestinationStream, mixin?: () => object): Log {
  const options = {
    level,
    base: null,
    ...(mixin === undefined ? {} : { mixin }),
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorShown },
  };
  return pino(options, destination ?? standardError());
}

/**
 * What is known to happen (a full disk, a peer that is gone, a caller's mistake) is told without the place in our code.
 */
function errorShown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, failure } = error as { code?: unknown; failure?: unknown };
  if (code === undefined && failure === undefined) return pino.stdSerializers.err(error);
  return { type: error.name, message: error.message, ...(code === undefined ? {} : { code }) };
}

/**
 * Written behind, so that a reader who is slow holds up nobody, and bounded. A reader that is gone, or a full disk,
 * costs lines and nothing else: writing is tried again with the next line.
 */
function standardError(): DestinationStream {
  return isFileOrTerminal() ? new WrittenBehind() : asStream();
}

/**
 * By a thread of the pool, what came meanwhile in one piece. Not for pipes: one that nobody reads would keep that
 * thread, and with it the process, for ever.
 */
class WrittenBehind {
  #waiting: string[] = [];
  #length = 0;
  #writing = false;
  #flushed: (() => void)[] = [];

  constructor() {
    process.on('exit', () => {
      try {
        writeSync(2, this.#waiting.join(''));
      } catch {} // Nobody reads any more, or the disk is full.
    });
  }

  write(line: string): void {
    if (this.#length > mostWaiting) return;
    this.#waiting.push(line);
    this.#length += line.length;
    this.#next();
  }

  flush(done: () => void): void {
    this.#flushed.push(done);
    this.#next();
  }

  #next(): void {
    if (this.#writing) return;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#length = 0;
    if (lines.length > 0) {
      this.#writing = true;
      this.#put(Buffer.from(lines.join('')));
      return;
    }
    for (const done of this.#flushed.splice(0)) done();
  }

  #put(bytes: Buffer): void {
    write(2, bytes, (error, count) => {
      if (error === null && count > 0 && count < bytes.length) return this.#put(bytes.subarray(count));
      this.#writing = false;
      this.#next();
    });
  }
}

function asStream(): DestinationStream & { flush(done: () => void): void } {
  const { stderr } = process;
  stderr.on('error', () => undefined);
  return {
    write(line) {
      if (stderr.writableLength < mostWaiting) stderr.write(line);
    },
    flush(done) {
      stderr.write('', () => done());
    },
  };
}

function isFileOrTerminal(): boolean {
  try {
    const about = fstatSync(2);
    return about.isFile() || about.isCharacterDevice();
  } catch {
    return false;
  }
}

/** A log that writes nothing; for tests. */
export const silentLog: Log = pino({ level: 'silent' });
