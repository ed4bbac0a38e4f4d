import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that moves only when told: timers fire in order of their due time, ties in order of creation. For tests. */
export class VirtualClock implements Clock {
  #elapsed = 0;
  #order = 0;
  readonly #epoch: number;
  readonly #pending = new Set<Pending>();

  constructor(epoch = 1_800_000_000_000) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const entry: Pending = { at: this.#elapsed + Math.max(0, delayMs), order: this.#order++, fire };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  /** How many timers wait: 0 when everything was cleaned up. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Moves time on by `ms`, firing what falls due on the way, timers set meanwhile included. */
  advance(ms: number): void {
    const target = this.#elapsed + ms;
    while (this.#fireNext(target));
    this.#elapsed = target;
  }

  /** As `advance`, but lets promises settle after each timer. */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#elapsed + ms;
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#fireNext(target));
    this.#elapsed = target;
  }

  /** Fires the earliest timer due by `target`; false when there is none. */
  #fireNext(target: number): boolean {
    const next = this.#earliest();
    if (next === null || next.at > target) return false;
    this.#pending.delete(next);
    this.#elapsed = next.at;
    next.fire();
    return true;
  }

  #earliest(): Pending | null {
    let best: Pending | null = null;
    for (const entry of this.#pending) {
      if (best === null || entry.at < best.at || (entry.at === best.at && entry.order < best.order)) best = entry;
    }
    return best;
  }
}
