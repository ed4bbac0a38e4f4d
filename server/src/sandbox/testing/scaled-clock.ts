import { type Clock, systemClock, type Timer } from '../../base/clock.ts';

/** The system's clock, so many times faster: behaviours that take seconds are tested in parts of one. For tests. */
export class ScaledClock implements Clock {
  readonly #times: number;

  constructor(times: number) {
    this.#times = times;
  }

  now(): number {
    return systemClock.now() * this.#times;
  }

  monotonic(): number {
    return systemClock.monotonic() * this.#times;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return systemClock.setTimer(delayMs / this.#times, fire);
  }
}
