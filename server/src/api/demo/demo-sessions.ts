import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';

/** What a visitor of the start page has for a while. */
export interface DemoSession {
  /** 32 hex digits: whoever has it is its visitor. */
  readonly id: string;
  /** Access token of the demo agent. */
  readonly token: string;
  /** Whether the browser is logged in as the demo agent at the agents' interface. */
  readonly isAgent: boolean;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** How long one lasts. */
export const demoSessionMs = 30 * 60_000;
/** At once; one more, and the one that came first is over. */
export const mostDemoSessions = 8;
/** Begun in a minute. */
export const mostDemoSessionsAMinute = 20;

interface Kept {
  readonly session: DemoSession;
  readonly timer: Timer;
  readonly end: () => void;
}

/** Sessions of visitors of the start page: few, short, and in memory only. */
export class DemoSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onLast: () => void;
  /** The one that came first first. */
  readonly #kept = new Map<string, Kept>();
  #begun: number[] = [];

  /** `onLast`: the last one is over. */
  constructor(clock: Clock, random: Random, onLast: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onLast = onLast;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Whether there may be another one now. */
  get mayBegin(): boolean {
    const now = this.#clock.monotonic();
    this.#begun = this.#begun.filter((at) => now - at < 60_000);
    return this.#begun.length < mostDemoSessionsAMinute;
  }

  /** `end`: what to do when it is over. */
  begin(token: string, isAgent: boolean, end: () => void): DemoSession {
    this.#begun.push(this.#clock.monotonic());
    const [first] = this.#kept.keys();
    const id = this.#random.bytes(16).toString('hex');
    const session = { id, token, isAgent, expiresAt: this.#clock.now() + demoSessionMs };
    const timer = this.#clock.setTimer(demoSessionMs, () => this.end(id));
    this.#kept.set(id, { session, timer, end });
    if (first !== undefined && this.#kept.size > mostDemoSessions) this.end(first);
    return session;
  }

  find(id: string | null): DemoSession | null {
    return (id === null ? undefined : this.#kept.get(id))?.session ?? null;
  }

  end(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    kept.timer.cancel();
    kept.end();
    if (this.#kept.size === 0) this.#onLast();
  }

  close(): void {
    for (const { timer } of this.#kept.values()) timer.cancel();
    this.#kept.clear();
  }
}
