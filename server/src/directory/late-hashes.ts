import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { PasswordHasher } from './password.ts';
import type { WrittenPassword } from './provision.ts';

/** Of the time, this part is spent hashing: the processors are for calls. */
const share = 1 / 4;
/** While the store takes nothing. */
const retryMs = 10_000;

export interface LateHashesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly hasher: PasswordHasher;
  readonly toHash: readonly WrittenPassword[];
  /** Stores the hash of one user. */
  readonly save: (of: WrittenPassword, passwordHash: string) => Promise<void>;
}

/**
 * Makes the hashes that the start did not wait for, one after the other, each stored before the next. What is not made
 * when the process ends is made after the next start: until then the password is that of the configuration.
 */
export class LateHashes {
  readonly #options: LateHashesOptions;
  readonly #toHash: WrittenPassword[];
  #next = 0;
  #working = false;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: LateHashesOptions) {
    this.#options = options;
    this.#toHash = [];
    this.add(options.toHash);
  }

  /** These too, after those that wait. */
  add(passwords: readonly WrittenPassword[]): void {
    for (const one of passwords) this.#toHash.push(one);
    if (!this.#working && this.left > 0) this.#wait(0);
  }

  /** How many are still to be made. */
  get left(): number {
    return this.#toHash.length - this.#next;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #wait(ms: number): void {
    this.#working = true;
    if (!this.#closed) this.#timer = this.#options.clock.setTimer(ms, () => void this.#makeOne());
  }

  async #makeOne(): Promise<void> {
    const { clock, log, hasher, save } = this.#options;
    const one = this.#toHash[this.#next];
    if (one === undefined) {
      this.#working = false;
      return;
    }
    const began = clock.monotonic();
    try {
      const hash = await hasher.hash(one.password);
      if (this.#closed) return;
      await save(one, hash);
      this.#next++;
      this.#wait((clock.monotonic() - began) * (1 / share - 1));
    } catch (error) {
      log.warn({ err: error }, 'a password could not be hashed and stored; it is tried again');
      this.#wait(retryMs);
    }
  }
}
