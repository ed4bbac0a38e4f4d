import { setImmediate as turnOfOthers } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** How often the clock is asked. */
const itemsAtATime = 32;

/** Long work on a thread that others wait for too: done in slices, and between two of them they have their turn. */
export class Slices {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #mostMs: number;
  #began: number;

  constructor(clock: Pick<Clock, 'monotonic'>, mostMs = 5) {
    this.#clock = clock;
    this.#mostMs = mostMs;
    this.#began = clock.monotonic();
  }

  /** Between two parts of the work: rests when the slice has been long enough. */
  async rest(): Promise<void> {
    if (this.#clock.monotonic() - this.#began < this.#mostMs) return;
    await turnOfOthers();
    this.#began = this.#clock.monotonic();
  }

  /** Does it with one after the other. */
  async each<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
    let count = 0;
    for (const item of items) {
      work(item);
      count += 1;
      if (count % itemsAtATime === 0) await this.rest();
    }
    await this.rest();
  }

  /** What comes of each. */
  async map<Item, Result>(items: Iterable<Item>, of: (item: Item) => Result): Promise<Result[]> {
    const results: Result[] = [];
    await this.each(items, (item) => void results.push(of(item)));
    return results;
  }
}
