import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../base/clock.ts';
import { sameNumber } from '../../../base/same-number.ts';

/** What stops a statement that takes too long. */
export class TimeIsOver extends Error {}

/**
 * What statements of lists call: `in_time(n)` is 1 until the time that was given to them is over, and then fails the
 * statement; `is_one_of(number, json)` says whether a number is the same as one of a list.
 */
export class ListFunctions {
  readonly #clock: Clock;
  #until = Number.POSITIVE_INFINITY;

  constructor(database: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    database.function('in_time', (_row) => {
      if (this.#clock.monotonic() > this.#until) throw new TimeIsOver('the time is over');
      return 1;
    });
    let text = '';
    let numbers: readonly string[] = [];
    database.function('is_one_of', { deterministic: true }, (number, json) => {
      if (json !== text) {
        text = String(json);
        numbers = JSON.parse(text);
      }
      return typeof number === 'string' && numbers.some((one) => sameNumber(number, one)) ? 1 : 0;
    });
  }

  giveTime(ms: number): void {
    this.#until = this.#clock.monotonic() + ms;
  }
}
