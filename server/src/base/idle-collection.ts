import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import type { Clock, Timer } from './clock.ts';
import { trimMalloc } from './malloc-trim.ts';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

let collect: Collect | null = null;

/** A full collection that gives memory back to the system: tens of milliseconds. */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** What V8 has, and on the main thread also what the C library keeps of what was freed. */
function giveMemoryBack(): void {
  collectGarbage();
  if (isMainThread) void trimMalloc();
}

interface IdleCollectionOptions {
  readonly clock: Clock;
  /** Grows with everything that is worth collecting afterwards. */
  readonly work: () => number;
  /** Nothing runs that a pause could harm. */
  readonly idle: () => boolean;
  readonly collect?: () => void;
}

const lookEveryMs = 5_000;

/**
 * Gives memory back once, after a time of work, when the process has been idle for a while: V8 by itself keeps what a
 * busy hour took for as long as nothing new is allocated, and so does malloc with what lies between pieces in use.
 */
export class IdleCollection {
  readonly #options: IdleCollectionOptions;
  #timer: Timer;
  #seen = Number.NaN;
  /** Work done when memory was last given back; NaN so that start-up counts as work. */
  #collected = Number.NaN;

  constructor(options: IdleCollectionOptions) {
    this.#options = options;
    this.#timer = options.clock.setTimer(0, () => this.#look());
  }

  close(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const { clock, work, idle, collect = giveMemoryBack } = this.#options;
    this.#timer = clock.setTimer(lookEveryMs, () => this.#look());
    const done = work();
    const quiet = Object.is(done, this.#seen) && idle();
    this.#seen = done;
    if (!quiet || Object.is(done, this.#collected)) return;
    this.#collected = done;
    collect();
  }
}
