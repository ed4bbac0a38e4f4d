/** A pending timer; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time. Everything that waits or stamps takes one, so that tests can run minutes in milliseconds.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For stamps, never for durations. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Runs `fire` once after `delayMs` (0 or more). Does not keep the process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** Node.js fires a timer that is longer at once: 24.8 days. */
const longestTimerMs = 2 ** 31 - 1;

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, fire: () => void) {
    this.#handle = this.#start(delayMs, fire);
  }

  #start(delayMs: number, fire: () => void): NodeJS.Timeout {
    const rest = delayMs - longestTimerMs;
    const next = (): void => {
      this.#handle = this.#start(rest, fire);
    };
    const handle = rest > 0 ? setTimeout(next, longestTimerMs) : setTimeout(fire, delayMs);
    handle.unref();
    return handle;
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

/**
 * `clock` with a wall-clock time that does not jump: that of this moment, and what has passed since. For whatever lasts
 * a while and is kept over restarts by its wall-clock time (lock-outs, tokens, keys): setting the machine's clock ends
 * or prolongs none of it.
 */
export function steadyClock(clock: Clock): Clock {
  const offset = clock.now() - clock.monotonic();
  return {
    now: () => offset + clock.monotonic(),
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire),
  };
}
