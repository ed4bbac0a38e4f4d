import type { Clock } from '../base/clock.ts';

/** How long the wall clock has to be ahead for that to be the time. */
const settlesMs = 24 * 3_600_000;

/**
 * The time by which something is old enough to be removed for good. Where the wall clock is set ahead that is believed
 * after a day: until then it may be noticed that it was a mistake, and everything kept would be gone.
 */
export class SettledTime {
  readonly #clock: Clock;
  /** How far the wall clock was before the one that does not jump, each time that it was looked at in the last day. */
  #seen: { readonly atMs: number; readonly ahead: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.now();
  }

  /** ms since the epoch. To be asked several times a day, as what nobody sees is not known. */
  now(): number {
    const atMs = this.#clock.monotonic();
    this.#seen = this.#seen.filter((one) => one.atMs > atMs - settlesMs);
    this.#seen.push({ atMs, ahead: this.#clock.now() - atMs });
    return atMs + Math.min(...this.#seen.map(({ ahead }) => ahead));
  }
}
