import type { Clock, Timer } from '../clock.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A virtual clock whose time on the wall somebody sets. For tests. */
export class SettableClock implements Clock {
  readonly #clock = new VirtualClock();
  #aheadMs = 0;

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.#clock.setTimer(delayMs, fire);
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  /** By so much, from what it shows. */
  set(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
