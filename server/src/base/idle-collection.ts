import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Timer } from './clock.ts';

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
 * busy hour took for as long as nothing new is allocated.
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
    const { clock, work, idle, collect = collectGarbage } = this.#options;
    this.#timer = clock.setTimer(lookEveryMs, () => this.#look());
    const done = work();
    const quiet = Object.is(done, this.#seen) && idle();
    this.#seen = done;
    if (!quiet || Object.is(done, this.#collected)) return;
    this.#collected = done;
    collect();
  }
}
