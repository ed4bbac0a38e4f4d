import type { Clock } from '../../base/clock.ts';

interface Entry {
  failures: number;
  bans: number;
  lastFailure: number;
  bannedUntil: number;
}

interface FailureTableOptions {
  readonly clock: Clock;
  readonly banMs: number;
  readonly maxBanMs: number;
  readonly forgetMs: number;
  /** Keys remembered; the one that failed least recently makes room. */
  readonly most: number;
}

export interface Failure {
  /** This one included; one less than the bound again when it led to a ban. */
  readonly failures: number;
  /** 0: it led to no ban. */
  readonly bannedForMs: number;
}

/** Failures and bans by key; see source-guard.ts for what they mean. */
export class FailureTable {
  readonly #options: FailureTableOptions;
  /** In order of the last failure, oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** The last ban that ends, monotonic. */
  #lastBanEnds = 0;

  constructor(options: FailureTableOptions) {
    this.#options = options;
  }

  /** Whether any ban may hold now. */
  get watching(): boolean {
    return this.#lastBanEnds > this.#options.clock.monotonic();
  }

  get size(): number {
    return this.#entries.size;
  }

  banned(key: string): boolean {
    if (!this.watching) return false;
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.bannedUntil > this.#options.clock.monotonic();
  }

  /** The `bound`th failure bans; while a ban holds, what was on its way does not make it longer. */
  failed(key: string, bound: number): Failure {
    const { clock, banMs, maxBanMs, forgetMs, most } = this.#options;
    const now = clock.monotonic();
    const known = this.#entries.get(key);
    const over = known === undefined || now - Math.max(known.lastFailure, known.bannedUntil) > forgetMs;
    const entry = over ? { failures: 0, bans: 0, lastFailure: now, bannedUntil: 0 } : known;
    entry.failures++;
    entry.lastFailure = now;
    this.#entries.delete(key);
    for (const [oldest, { lastFailure, bannedUntil }] of this.#entries) {
      const forgotten = now - Math.max(lastFailure, bannedUntil) > forgetMs;
      if (!forgotten && this.#entries.size < most) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, entry);
    if (entry.failures < bound || entry.bannedUntil > now) return { failures: entry.failures, bannedForMs: 0 };
    const bannedForMs = Math.min(maxBanMs, banMs * 2 ** entry.bans);
    entry.bannedUntil = now + bannedForMs;
    entry.bans++;
    entry.failures = bound - 1;
    this.#lastBanEnds = Math.max(this.#lastBanEnds, entry.bannedUntil);
    return { failures: entry.failures, bannedForMs };
  }

  /** Forgives half of the failures. */
  succeeded(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.failures >>= 1;
    if (entry.failures === 0 && entry.bans === 0) this.#entries.delete(key);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
