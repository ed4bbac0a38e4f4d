import { coerceError } from './app-error.ts';
import type { Clock, Timer } from './clock.ts';
import type { Fact, FactChange, FactStore, Facts } from './facts.ts';
import type { Log } from './log.ts';

/** Between two writes. What happens meanwhile goes into one; what comes and goes meanwhile is never written. */
const pauseMs = 50;
/** Changes in one write: making its text must not hold up everything else. */
const atOnce = 500;
/** Longer facts are not kept: a peer could fill the disk with its headers. */
const longestData = 8192;
const retryMs = 1000;
/** Kept at once: more than one process can have to do with. What comes beyond is not known to the next run. */
const mostKept = 200_000;

interface Pending {
  readonly kind: string;
  readonly key: string;
  /** Null: forgotten. */
  readonly data: (() => string | null) | null;
  readonly expiresAt: number | null;
}

/**
 * Writes facts behind what happens, at once where nothing was written lately, else a moment later and together, so that
 * whoever has them never waits, and a storm of changes costs few commits. What the store refuses is written later. Kept
 * are at most as many as are alive, and `most`.
 */
export class FactJournal implements Facts {
  readonly #store: FactStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pending = new Map<string, Pending>();
  /** What the store has, or may have. */
  readonly #stored = new Set<string>();
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #failing = false;
  #full = false;
  readonly #most: number;
  /** Monotonic: not before it is written again. */
  #next = 0;
  #closed = false;

  constructor(options: {
    readonly store: FactStore;
    readonly clock: Clock;
    readonly log: Log;
    /** How many are kept at once. */
    readonly most?: number;
  }) {
    this.#most = options.most ?? mostKept;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** How many are not written yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  get isFailing(): boolean {
    return this.#failing && this.#pending.size > 0;
  }

  /** What an earlier run left. Call it before anything else. */
  async load(): Promise<Fact[]> {
    const facts = await this.#store.load(this.#clock.now());
    for (const { kind, key } of facts) this.#stored.add(nameOf(kind, key));
    return facts;
  }

  keep(kind: string, key: string, data: () => string | null, expiresAt: number | null): void {
    const name = nameOf(kind, key);
    if (!this.#pending.has(name) && !this.#stored.has(name) && this.#isFull()) return;
    this.#add({ kind, key, data, expiresAt });
  }

  forget(kind: string, key: string): void {
    const name = nameOf(kind, key);
    if (this.#stored.has(name)) this.#add({ kind, key, data: null, expiresAt: null });
    else this.#pending.delete(name);
  }

  #isFull(): boolean {
    const full = this.#stored.size + this.#pending.size >= this.#most;
    if (full && !this.#full)
      this.#log.warn({ most: this.#most }, 'too many facts for the next run to keep all of them');
    this.#full = full;
    return full;
  }

  /** Writes what is left, if the store takes it; nothing is kept or forgotten from now on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#writing;
    while (this.#pending.size > 0) {
      const before = this.#pending.size;
      await this.#write();
      if (this.#pending.size >= before) return;
    }
  }

  #add(change: Pending): void {
    if (this.#closed) return;
    this.#pending.set(nameOf(change.kind, change.key), change);
    if (this.#writing === null) this.#schedule();
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer ??= this.#clock.setTimer(Math.max(0, this.#next - this.#clock.monotonic()), () => {
      this.#timer = null;
      this.#writing = this.#write().finally(() => {
        this.#writing = null;
        this.#next = this.#clock.monotonic() + (this.#failing ? retryMs : pauseMs);
        if (this.#pending.size > 0) this.#schedule();
      });
    });
  }

  async #write(): Promise<void> {
    const taken: [string, Pending][] = [];
    const changes: FactChange[] = [];
    for (const [name, pending] of this.#pending) {
      this.#pending.delete(name);
      const change = this.#changeOf(name, pending);
      if (change === null) continue;
      taken.push([name, pending]);
      changes.push(change);
      if (changes.length >= atOnce) break;
    }
    if (changes.length === 0) return;
    for (const [name, { data }] of taken) if (data !== null) this.#stored.add(name);
    try {
      await this.#store.change(changes);
      this.#failing = false;
      for (const [name, { data }] of taken) if (data === null) this.#dropStored(name);
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: coerceError(error) }, 'facts for the next run are written later');
      this.#failing = true;
      // What has changed since is newer.
      for (const [name, pending] of taken) if (!this.#pending.has(name)) this.#pending.set(name, pending);
    }
  }

  #changeOf(name: string, { kind, key, data, expiresAt }: Pending): FactChange | null {
    if (data === null) return { kind, key, data: null, expiresAt: null };
    const text = data();
    if (text !== null && text.length <= longestData) return { kind, key, data: text, expiresAt };
    return this.#stored.has(name) ? { kind, key, data: null, expiresAt: null } : null;
  }

  /** Unless it has been kept anew while it was being forgotten. */
  #dropStored(name: string): void {
    const next = this.#pending.get(name);
    if (next === undefined || next.data !== null) this.#stored.delete(name);
  }
}

function nameOf(kind: string, key: string): string {
  return `${kind} ${key}`;
}
