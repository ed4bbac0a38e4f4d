import { AppError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { describeSound, Ear, hasTone, isSilent, lacksTone, longestStretchMs } from './ear.ts';

/** How long is waited for what is to be heard unless told; it costs nothing when it comes, also on a busy machine. */
export const usualWaitMs = 60_000;
const lookEveryMs = 50;
/** A tone is one when it lasts this long; a beep of 400 ms is, wherever the looks fall. */
const toneMs = 320;
const soundMs = 100;

interface HeardStream {
  ear: Ear | null;
}

/**
 * What a test can wait for with one call's ear. Waits end with an AppError `unavailable` that says what was heard
 * instead.
 */
export class Hearing {
  readonly #clock: Clock;
  readonly #stream: HeardStream;
  readonly #isOver: () => boolean;
  readonly #who: string;
  #digits = '';
  #digitsTaken = 0;

  constructor(clock: Clock, stream: HeardStream, who: string, isOver: () => boolean) {
    this.#clock = clock;
    this.#stream = stream;
    this.#isOver = isOver;
    this.#who = who;
  }

  get digits(): string {
    return this.#digits;
  }

  digit(digit: string): void {
    if (this.#digits.length < 10_000) this.#digits += digit;
  }

  tone(frequency: number, withinMs: number): Promise<void> {
    return this.#until(`${frequency} Hz`, toneMs, withinMs, (pcm) => hasTone(pcm, frequency));
  }

  noTone(frequency: number, forMs: number, withinMs: number): Promise<void> {
    return this.#until(`nothing of ${frequency} Hz`, forMs, withinMs, (pcm) => lacksTone(pcm, frequency));
  }

  silence(forMs: number, withinMs: number): Promise<void> {
    return this.#until(`silence for ${forMs} ms`, forMs, withinMs, isSilent);
  }

  sound(withinMs: number): Promise<void> {
    return this.#until('any sound', soundMs, withinMs, (pcm) => !isSilent(pcm));
  }

  async keys(digits: string, withinMs: number): Promise<void> {
    const deadline = this.#clock.monotonic() + withinMs;
    for (;;) {
      const at = this.#digits.indexOf(digits, this.#digitsTaken);
      if (at >= 0) {
        this.#digitsTaken = at + digits.length;
        return;
      }
      if (this.#isOver() || this.#clock.monotonic() >= deadline) {
        throw this.#missed(`the digits ${digits}`, withinMs, `the digits "${this.#digits.slice(this.#digitsTaken)}"`);
      }
      await this.#look();
    }
  }

  /** Looks at stretches that begin after this call, so that what was heard before proves nothing. */
  async #until(what: string, ms: number, withinMs: number, isIt: (pcm: Int16Array) => boolean): Promise<void> {
    if (ms > longestStretchMs) {
      throw new AppError('invalidArgument', `At most ${longestStretchMs} ms can be listened to at once.`);
    }
    this.#stream.ear ??= new Ear(this.#clock);
    const ear = this.#stream.ear;
    const since = ear.position();
    const deadline = this.#clock.monotonic() + Math.max(withinMs, ms + 400);
    for (;;) {
      const pcm = ear.stretch(ms, since);
      if (pcm !== null && isIt(pcm)) return;
      if (this.#isOver() || this.#clock.monotonic() >= deadline) {
        throw this.#missed(what, withinMs, pcm === null ? 'too little to tell' : describeSound(pcm));
      }
      await this.#look();
    }
  }

  #missed(what: string, withinMs: number, instead: string): AppError {
    const when = this.#isOver() ? 'before the call ended' : `within ${withinMs} ms`;
    return new AppError('unavailable', `${this.#who} did not hear ${what} ${when}; it heard ${instead}.`);
  }

  #look(): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(lookEveryMs, resolve));
  }
}
