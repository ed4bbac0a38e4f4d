import type { Clock } from '../../base/clock.ts';

interface Entry {
  failures: number;
  lastAt: number;
}

const freeFailures = 5;
const windowMs = 60_000;
const maxSources = 10_000;

/** Failed logins per source address: after 5 within a minute the source is refused until a minute has passed without one. */
export class LoginGuard {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds this source must wait; 0 when it may try. */
  waitSeconds(source: string): number {
    const entry = this.#current(source);
    if (entry === null || entry.failures < freeFailures) return 0;
    return Math.ceil((entry.lastAt + windowMs - this.#clock.monotonic()) / 1000);
  }

  /** Runs logins of one source one after the other, so that many at once get no more tries than one by one. */
  async inTurn<Value>(source: string, login: () => Promise<Value>): Promise<Value> {
    const before = this.#turns.get(source);
    const turn = (before ?? Promise.resolve()).then(login);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(source, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(source) === settled) this.#turns.delete(source);
    }
  }

  failed(source: string): void {
    const entry = this.#current(source) ?? { failures: 0, lastAt: 0 };
    entry.failures += 1;
    entry.lastAt = this.#clock.monotonic();
    // Delete first: the map keeps the order of the last failure, so the front is the oldest.
    this.#entries.delete(source);
    this.#entries.set(source, entry);
    if (this.#entries.size > maxSources) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  succeeded(source: string): void {
    this.#entries.delete(source);
  }

  #current(source: string): Entry | null {
    const entry = this.#entries.get(source);
    if (entry === undefined) return null;
    if (this.#clock.monotonic() - entry.lastAt < windowMs) return entry;
    this.#entries.delete(source);
    return null;
  }
}
