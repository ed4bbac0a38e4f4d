import type { Clock, Timer } from '../../base/clock.ts';

/**
 * A time that is set and cleared with every message, always as far ahead: one timer runs on meanwhile, and looks when
 * it is over whether that is still so. With thousands of clients a timer for each message costs a tenth of it.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #due: () => void;
  #timer: Timer | null = null;
  #at: number | null = null;

  /** `due` is called when it has been set, and not cleared, for so many ms. */
  constructor(clock: Clock, ms: number, due: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#due = due;
  }

  /** From now on. */
  set(): void {
    this.#at = this.#clock.monotonic() + this.#ms;
    if (this.#timer === null) this.#run(this.#ms);
  }

  clear(): void {
    this.#at = null;
  }

  /** Nothing runs any more. */
  cancel(): void {
    this.#at = null;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #run(ms: number): void {
    this.#timer = this.#clock.setTimer(ms, () => {
      this.#timer = null;
      if (this.#at === null) return;
      const left = this.#at - this.#clock.monotonic();
      if (left > 0) this.#run(left);
      else {
        this.#at = null;
        this.#due();
      }
    });
  }
}
