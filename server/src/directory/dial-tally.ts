/** The window of "a minute": any 60 seconds, not those of a clock on the wall. */
export const minuteMs = 60_000;

/** Between two looks for keys that nothing is counted of any more. */
const sweepMs = 60_000;

export interface DialUse {
  readonly inLastMinute: number;
  readonly atOnce: number;
}

export interface Full {
  readonly limit: 'perMinute' | 'concurrent';
  readonly bound: number;
  /** When the next is free, as far as time alone decides; null when somebody must hang up first. */
  readonly freeInMs: number | null;
}

interface Count {
  /** When each dial of the last minute was taken, oldest first from `first` on (monotonic ms). */
  times: number[];
  first: number;
  atOnce: number;
}

/**
 * Exact counts of dials by key: in the last 60 seconds, and at once. Nothing is kept of a key that nothing is counted
 * of.
 */
export class DialTally {
  #perMinute!: number | null;
  #concurrent!: number | null;
  readonly #counts = new Map<string, Count>();
  #sweepAt = 0;

  /** Null: not bounded, but counted. */
  constructor(perMinute: number | null, concurrent: number | null) {
    this.bound(perMinute, concurrent);
  }

  /** From here on; what is counted stays counted. */
  bound(perMinute: number | null, concurrent: number | null): void {
    this.#perMinute = perMinute;
    this.#concurrent = concurrent;
  }

  /** Which bound one more would exceed; null when there is room. */
  full(key: string, now: number): Full | null {
    const { inLastMinute, atOnce } = this.use(key, now);
    if (this.#concurrent !== null && atOnce >= this.#concurrent) {
      return { limit: 'concurrent', bound: this.#concurrent, freeInMs: null };
    }
    return this.#fullMinute(key, inLastMinute, now);
  }

  /** As `full`, for one more in the minute of somebody who has his place among those at once. */
  minuteFull(key: string, now: number): Full | null {
    return this.#fullMinute(key, this.use(key, now).inLastMinute, now);
  }

  #fullMinute(key: string, inLastMinute: number, now: number): Full | null {
    if (this.#perMinute === null || inLastMinute < this.#perMinute) return null;
    const count = this.#counts.get(key);
    const oldest = count?.times[count.first];
    return {
      limit: 'perMinute',
      bound: this.#perMinute,
      freeInMs: oldest === undefined ? null : oldest + minuteMs - now,
    };
  }

  add(key: string, now: number): void {
    this.#sweep(now);
    const count = this.#countOf(key);
    count.times.push(now);
    count.atOnce++;
  }

  /** One more in the minute, dialled then, and over: `at` is no earlier than what was counted before. */
  remember(key: string, at: number): void {
    this.#countOf(key).times.push(at);
  }

  #countOf(key: string): Count {
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { times: [], first: 0, atOnce: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  /** One more in the minute, by somebody who is there already. */
  addToMinute(key: string, now: number): void {
    this.#counts.get(key)?.times.push(now);
  }

  /** One less at once; `neverDialled`: when the dial was taken that the minute is to forget. */
  remove(key: string, now: number, neverDialled: number | null): void {
    const count = this.#counts.get(key);
    if (count === undefined) return;
    count.atOnce--;
    if (neverDialled !== null) {
      const at = count.times.lastIndexOf(neverDialled);
      if (at >= count.first) count.times.splice(at, 1);
    }
    this.#forget(key, count, now);
  }

  use(key: string, now: number): DialUse {
    const count = this.#counts.get(key);
    if (count === undefined) return { inLastMinute: 0, atOnce: 0 };
    expire(count, now);
    return { inLastMinute: count.times.length - count.first, atOnce: count.atOnce };
  }

  all(now: number): Record<string, DialUse> {
    const uses: Record<string, DialUse> = {};
    for (const key of this.#counts.keys()) {
      const use = this.use(key, now);
      if (use.inLastMinute > 0 || use.atOnce > 0) uses[key] = use;
    }
    return uses;
  }

  /** Keys held now; for tests. */
  get size(): number {
    return this.#counts.size;
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + sweepMs;
    for (const [key, count] of this.#counts) this.#forget(key, count, now);
  }

  #forget(key: string, count: Count, now: number): void {
    expire(count, now);
    if (count.atOnce === 0 && count.times.length === count.first) this.#counts.delete(key);
  }
}

/** Exactly a minute after it a dial counts no more. */
function expire(count: Count, now: number): void {
  while (count.first < count.times.length && count.times[count.first]! <= now - minuteMs) count.first++;
  // Moved together now and then, so that it costs little and holds at most twice what counts.
  if (count.first > 32 && count.first * 2 > count.times.length) {
    count.times = count.times.slice(count.first);
    count.first = 0;
  }
}
