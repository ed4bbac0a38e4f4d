import type { Clock, Timer } from './clock.ts';
import { sourceKey } from './source-key.ts';
import { type Bucket, TokenBucket } from './token-bucket.ts';

export interface PaceLimits {
  /** Begun, and not done. */
  readonly most: number;
  readonly perSecond: number;
  /** Who is not done by then gives way where others wait. */
  readonly graceMs: number;
}

export interface Start {
  /** It is its turn; often at once. */
  begin(): void;
  /** It took too long and others wait: it has no place any more. */
  end(): void;
}

interface Entry {
  readonly source: Source;
  readonly start: Start;
  begunAt: number;
}

interface Source {
  readonly key: string;
  /** First come, first served. */
  readonly waiting: Set<Entry>;
  readonly begun: Set<Entry>;
}

/**
 * Of TLS, for one server: each takes half a millisecond or more of the thread that signals (a signature), so many at
 * once hold it up by 20 ms.
 */
export const handshakePace: PaceLimits = { most: 32, perSecond: 300, graceMs: 1000 };

/** Until it is looked again whether one who was begun gives way. */
const lookMs = 50;

/**
 * What costs much to begin and anybody may ask for: so many under way at once and so many begun a second, the others
 * wait. The next one is of the source that has fewest under way, so that who asks a thousand times keeps nobody else
 * waiting. Bounded by the connections that ask.
 */
export class PacedStarts {
  readonly #clock: Clock;
  readonly #limits: PaceLimits;
  readonly #rule: TokenBucket;
  readonly #bucket: Bucket;
  /** Those that have anything; who was served last comes last. */
  readonly #sources = new Map<string, Source>();
  #begun = 0;
  #waiting = 0;
  #timer: Timer | null = null;
  /** Given up for others. Only grows. */
  displaced = 0;

  constructor(clock: Clock, limits: PaceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#rule = new TokenBucket({ perSecond: limits.perSecond, burst: limits.most });
    this.#bucket = this.#rule.full(clock.monotonic());
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Gives what is to be called when it is done, or not wanted any more; idempotent. */
  add(address: string, start: Start): () => void {
    const key = sourceKey(address);
    const source = this.#sources.get(key) ?? { key, waiting: new Set(), begun: new Set() };
    this.#sources.set(key, source);
    const entry: Entry = { source, start, begunAt: 0 };
    source.waiting.add(entry);
    this.#waiting++;
    this.#serve();
    return () => {
      if (this.#forget(entry)) this.#serve();
    };
  }

  #serve(): void {
    while (this.#waiting > 0) {
      const now = this.#clock.monotonic();
      const full = this.#begun >= this.#limits.most && !this.#giveUpOne();
      if (full || !this.#rule.take(this.#bucket, now)) {
        this.#later(full ? lookMs : Math.ceil(1000 / this.#limits.perSecond));
        return;
      }
      const source = this.#nextSource();
      const [entry] = source?.waiting ?? [];
      if (source === null || entry === undefined) return;
      source.waiting.delete(entry);
      source.begun.add(entry);
      this.#waiting--;
      this.#begun++;
      entry.begunAt = now;
      this.#sources.delete(source.key);
      this.#sources.set(source.key, source);
      entry.start.begin();
    }
  }

  #nextSource(): Source | null {
    let next: Source | null = null;
    for (const source of this.#sources.values()) {
      if (source.waiting.size > 0 && (next === null || source.begun.size < next.begun.size)) next = source;
    }
    return next;
  }

  /** Of the source that has most under way the oldest, if it had its time. */
  #giveUpOne(): boolean {
    let most: Source | null = null;
    for (const source of this.#sources.values()) if (source.begun.size > (most?.begun.size ?? 0)) most = source;
    const [oldest] = most?.begun ?? [];
    if (oldest === undefined || this.#clock.monotonic() - oldest.begunAt < this.#limits.graceMs) return false;
    this.#forget(oldest);
    this.displaced++;
    oldest.start.end();
    return true;
  }

  #forget(entry: Entry): boolean {
    const { source } = entry;
    if (source.waiting.delete(entry)) this.#waiting--;
    else if (source.begun.delete(entry)) this.#begun--;
    else return false;
    if (source.waiting.size + source.begun.size === 0) this.#sources.delete(source.key);
    return true;
  }

  #later(ms: number): void {
    this.#timer ??= this.#clock.setTimer(ms, () => {
      this.#timer = null;
      this.#serve();
    });
  }
}
