/** What one who is limited has left; kept by whoever limits. */
export interface Bucket {
  tokens: number;
  /** When it was looked at last, monotonic ms. */
  at: number;
}

/** So many at once and so many a second: the rule by which buckets fill again. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
  }

  /** `nowMs` is monotonic, here and in `take`. */
  full(nowMs: number): Bucket {
    return { tokens: this.#burst, at: nowMs };
  }

  /**
   * Takes a token, or so many; false, and nothing taken, when only the `reserve` is left. What costs more than is there
   * is taken on credit, so that nothing is too much for ever: the next one waits the longer.
   */
  take(bucket: Bucket, nowMs: number, reserve = 0, cost = 1): boolean {
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (nowMs - bucket.at) * this.#perMs);
    bucket.at = nowMs;
    if (bucket.tokens < 1 + reserve) return false;
    bucket.tokens -= cost;
    return true;
  }
}
