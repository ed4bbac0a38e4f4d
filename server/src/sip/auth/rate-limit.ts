import { sourceKey } from '../../base/source-key.ts';

/**
 * A token bucket per source address, so that no single peer takes all of the process. The table is bounded: when it is
 * full the address seen longest ago makes room, and comes back with a full bucket.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxSources: number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  /** The last address asked about: a busy trunk costs no map look-up per message. */
  #lastAddress = '';
  #last: { tokens: number; at: number } | null = null;
  refused = 0;

  constructor(options: { perSecond: number; burst: number; maxSources?: number }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#maxSources = options.maxSources ?? 20_000;
  }

  /**
   * Takes one token; false when the address has none left but the `reserve`, which is for others who ask under the
   * same name. `nowMs` is monotonic.
   */
  admit(address: string, nowMs: number, reserve = 0): boolean {
    const bucket = this.#last !== null && address === this.#lastAddress ? this.#last : this.#find(address, nowMs);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((nowMs - bucket.at) * this.#perSecond) / 1000);
    bucket.at = nowMs;
    if (bucket.tokens < 1 + reserve) {
      this.refused++;
      return false;
    }
    bucket.tokens--;
    return true;
  }

  #find(address: string, nowMs: number): { tokens: number; at: number } {
    const key = sourceKey(address);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: nowMs };
    this.#buckets.delete(key);
    if (this.#buckets.size >= this.#maxSources) {
      const oldest = this.#buckets.keys().next().value;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
    this.#lastAddress = address;
    this.#last = bucket;
    return bucket;
  }
}
