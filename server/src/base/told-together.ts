import type { Clock, Timer } from './clock.ts';
import { type Bucket, TokenBucket } from './token-bucket.ts';

export interface ToldTogetherOptions<Item> {
  readonly clock: Clock;
  /** So many of one key are told one by one. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** The others, after so long, ms. */
  readonly afterMs: number;
  /** Tells of `count` that came since then (ms since the epoch), of which this was the last. */
  readonly together: (last: Item, count: number, since: number) => void;
}

interface Waiting<Item> {
  last: Item;
  count: number;
  readonly since: number;
}

/** What may come in floods, and is to be told all the same: a few one by one, of more how many there were. */
export class ToldTogether<Item> {
  readonly #options: ToldTogetherOptions<Item>;
  readonly #rule: TokenBucket;
  readonly #buckets = new Map<string, Bucket>();
  readonly #waiting = new Map<string, Waiting<Item>>();
  #timer: Timer | null = null;

  constructor(options: ToldTogetherOptions<Item>) {
    this.#options = options;
    this.#rule = new TokenBucket(options.rate);
  }

  /** Whether it is to be told by itself; false: it is counted. There are to be few keys. */
  isSingle(key: string, item: Item): boolean {
    const { clock, afterMs } = this.#options;
    const now = clock.monotonic();
    const bucket = this.#buckets.get(key) ?? this.#rule.full(now);
    this.#buckets.set(key, bucket);
    if (this.#rule.take(bucket, now)) return true;
    const waiting = this.#waiting.get(key) ?? { last: item, count: 0, since: clock.now() };
    waiting.last = item;
    waiting.count++;
    this.#waiting.set(key, waiting);
    this.#timer ??= clock.setTimer(afterMs, () => this.flush());
    return false;
  }

  /** Tells now what was only counted. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { last, count, since } of waiting) this.#options.together(last, count, since);
  }
}
