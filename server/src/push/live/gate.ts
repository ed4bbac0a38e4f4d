import type { Clock, Timer } from '../../base/clock.ts';

/** However long an answer takes, and however many follow each other, ms: then what happened is told before it. */
const longestMs = 2000;

/** Keeps what a user is to be told until answers that are under way to him have been sent. */
export class Gate {
  readonly #clock: Clock;
  readonly #open: () => void;
  #holds = 0;
  /** While it is held: when it will have been for long enough. */
  #limit: Timer | null = null;

  /** `open`: nothing holds it any more, or it has been held for long enough. */
  constructor(clock: Clock, open: () => void) {
    this.#clock = clock;
    this.#open = open;
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  /** The returned function lets go; it may be called again. */
  hold(): () => void {
    this.#holds += 1;
    if (this.#limit === null) this.#wait();
    let timer: Timer | null = this.#clock.setTimer(longestMs, () => release());
    const release = () => {
      if (timer === null) return;
      timer.cancel();
      timer = null;
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#limit?.cancel();
      this.#limit = null;
      this.#open();
    };
    return release;
  }

  #wait(): void {
    this.#limit = this.#clock.setTimer(longestMs, () => {
      this.#wait();
      this.#open();
    });
  }
}
