import type { Following } from './listener.ts';
import { ReplayPass, type ReplaysOptions } from './replay-pass.ts';

/** Passes over the log at once. */
const mostPasses = 2;
/** Before one that took nothing more is looked at again, ms. */
const parkedMs = 50;

/**
 * Tells again what the log has. All clients that wait when a pass over the log begins are served by it together, so
 * that a thousand that come back at once cost one reading. A client that takes too little leaves the pass, and joins
 * another when it has room again.
 */
export class Replays {
  readonly counters = { passes: 0, events: 0, told: 0 };
  readonly #options: ReplaysOptions;
  readonly #waiting = new Set<Following>();
  readonly #parked = new Set<Following>();
  readonly #passes = new Set<ReplayPass>();
  #looking = false;
  #closed = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** How many are being told what they missed, or wait for it. */
  get waiting(): number {
    let all = this.#waiting.size + this.#parked.size;
    for (const pass of this.#passes) all += pass.size;
    return all;
  }

  /** Tells what is behind `after`, then goes on live. */
  add(following: Following): void {
    following.live = false;
    this.#waiting.add(following);
    // Those that come in the same turn are told together, and in one order.
    setImmediate(() => this.#start());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#parked.clear();
    await Promise.all([...this.#passes].map((pass) => pass.close()));
  }

  #start(): void {
    if (this.#closed || this.#waiting.size === 0 || this.#passes.size >= mostPasses) return;
    const members = [...this.#waiting].filter(({ listener }) => !listener.over);
    this.#waiting.clear();
    if (members.length === 0) return;
    this.counters.passes += 1;
    const pass = new ReplayPass({
      ...this.#options,
      members,
      counters: this.counters,
      park: (following) => this.#park(following),
      done: () => {
        this.#passes.delete(pass);
        this.#start();
      },
    });
    this.#passes.add(pass);
    pass.begin();
  }

  #park(following: Following): void {
    if (this.#closed) return;
    this.#parked.add(following);
    if (this.#looking) return;
    this.#looking = true;
    this.#options.clock.setTimer(parkedMs, () => this.#look());
  }

  #look(): void {
    this.#looking = false;
    for (const following of [...this.#parked]) {
      const { over, room } = following.listener;
      if (!over && room === 0) continue;
      this.#parked.delete(following);
      if (!over) this.add(following);
    }
    if (this.#parked.size === 0 || this.#closed) return;
    this.#looking = true;
    this.#options.clock.setTimer(parkedMs, () => this.#look());
  }
}
