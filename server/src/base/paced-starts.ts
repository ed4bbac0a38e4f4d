import type { Clock, Timer } from './clock.ts';
import { networkKey, sourceKey } from './source-key.ts';
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

interface Network {
  readonly key: string;
  /** Those that have anything; who was served last comes last. */
  readonly sources: Map<string, Source>;
  begun: number;
  waiting: number;
}

interface Source {
  readonly key: string;
  readonly network: Network;
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
 * waiting; and before that of the network that does, as an IPv6 site has sources without end. Bounded by the
 * connections that ask.
 */
export class PacedStarts {
  readonly #clock: Clock;
  readonly #limits: PaceLimits;
  readonly #rule: TokenBucket;
  readonly #bucket: Bucket;
  /** Those that have anything; who was served last comes last. An IPv4 address is a network of its own. */
  readonly #networks = new Map<string, Network>();
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
    const source = this.#sourceOf(address);
    const entry: Entry = { source, start, begunAt: 0 };
    source.waiting.add(entry);
    source.network.waiting++;
    this.#waiting++;
    this.#serve();
    return () => {
      if (this.#forget(entry)) this.#serve();
    };
  }

  #sourceOf(address: string): Source {
    const key = sourceKey(address);
    const site = networkKey(address) ?? key;
    const network = this.#networks.get(site) ?? { key: site, sources: new Map(), begun: 0, waiting: 0 };
    this.#networks.set(site, network);
    const source = network.sources.get(key) ?? { key, network, waiting: new Set(), begun: new Set() };
    network.sources.set(key, source);
    return source;
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
      const { network } = source;
      source.waiting.delete(entry);
      source.begun.add(entry);
      network.waiting--;
      network.begun++;
      this.#waiting--;
      this.#begun++;
      entry.begunAt = now;
      network.sources.delete(source.key);
      network.sources.set(source.key, source);
      this.#networks.delete(network.key);
      this.#networks.set(network.key, network);
      entry.start.begin();
    }
  }

  #nextSource(): Source | null {
    let network: Network | null = null;
    for (const one of this.#networks.values()) {
      if (one.waiting > 0 && (network === null || one.begun < network.begun)) network = one;
    }
    let next: Source | null = null;
    for (const source of network?.sources.values() ?? []) {
      if (source.waiting.size > 0 && (next === null || source.begun.size < next.begun.size)) next = source;
    }
    return next;
  }

  /** Of the source that has most under way, in the network that does, the oldest, if it had its time. */
  #giveUpOne(): boolean {
    let network: Network | null = null;
    for (const one of this.#networks.values()) if (one.begun > (network?.begun ?? 0)) network = one;
    let most: Source | null = null;
    for (const source of network?.sources.values() ?? [])
      if (source.begun.size > (most?.begun.size ?? 0)) most = source;
    const [oldest] = most?.begun ?? [];
    if (oldest === undefined || this.#clock.monotonic() - oldest.begunAt < this.#limits.graceMs) return false;
    this.#forget(oldest);
    this.displaced++;
    oldest.start.end();
    return true;
  }

  #forget(entry: Entry): boolean {
    const { source } = entry;
    const { network } = source;
    if (source.waiting.delete(entry)) {
      this.#waiting--;
      network.waiting--;
    } else if (source.begun.delete(entry)) {
      this.#begun--;
      network.begun--;
    } else return false;
    if (source.waiting.size + source.begun.size === 0) network.sources.delete(source.key);
    if (network.sources.size === 0) this.#networks.delete(network.key);
    return true;
  }

  #later(ms: number): void {
    this.#timer ??= this.#clock.setTimer(ms, () => {
      this.#timer = null;
      this.#serve();
    });
  }
}
