/** A pending timer; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** The only source of time. Everything that waits or stamps takes one, so that tests can run minutes in milliseconds. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For stamps, never for durations. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Runs `fire` once after `delayMs` (0 or more). Does not keep the process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;
  constructor(delayMs: number, fire: () => void) {
    this.#handle = setTimeout(fire, delayMs);
    this.#handle.unref();
  }
  cancel(): void {
    clearTimeout(this.#handle);
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (delayMs, fire) => new SystemTimer(delayMs, fire),
};
