import { RecentMap } from './recent-map.ts';
import { sourceKey } from './source-key.ts';
import { type Bucket, TokenBucket } from './token-bucket.ts';

/**
 * A token bucket per source address, so that no single peer takes all of the process. The table is bounded: when it is
 * full the address seen longest ago makes room, and comes back with a full bucket.
 */
export class RateLimit {
  #rule: TokenBucket;
  readonly #buckets: RecentMap<string, Bucket>;
  /** The last address asked about: a busy source costs no map look-up per message. */
  #lastAddress = '';
  #last: Bucket | null = null;
  refused = 0;

  constructor(options: { perSecond: number; burst: number; maxSources?: number }) {
    this.#rule = new TokenBucket(options);
    this.#buckets = new RecentMap(options.maxSources ?? 20_000);
  }

  /** From here on; who has tokens keeps them, as far as they may be so many. */
  limit(rule: { readonly perSecond: number; readonly burst: number }): void {
    this.#rule = new TokenBucket(rule);
  }

  /**
   * Takes one token, or as many as it costs; false when the address has none left but the `reserve`, which is for
   * others who ask under the same name. `nowMs` is monotonic.
   */
  admit(address: string, nowMs: number, reserve = 0, cost = 1): boolean {
    const bucket = this.#last !== null && address === this.#lastAddress ? this.#last : this.#find(address, nowMs);
    if (this.#rule.take(bucket, nowMs, reserve, cost)) return true;
    this.refused++;
    return false;
  }

  #find(address: string, nowMs: number): Bucket {
    const key = sourceKey(address);
    const bucket = this.#buckets.get(key) ?? this.#rule.full(nowMs);
    this.#buckets.set(key, bucket);
    this.#lastAddress = address;
    this.#last = bucket;
    return bucket;
  }
}
