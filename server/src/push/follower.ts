import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { FeedEntry } from '../call/model/event-log.ts';
import type { CallStore } from '../call/ports.ts';

const pageSize = 500;
const retryMs = 1000;

/** What happened at once, as the log has it. */
export interface LoggedStep {
  /** Its place in the log: the position of its first event. */
  readonly number: number;
  /** At least one; of all streams, in order. */
  readonly entries: readonly FeedEntry[];
}

/** Who is told what the log says: every step once, whole, in order, one at a time. */
export interface Consumer {
  /** Rejects: it has taken nothing of this step, and is given it again after a while. */
  take(step: LoggedStep): Promise<void> | void;
  /**
   * All steps up to this position have been taken; who is to go on from there after a restart keeps it together with
   * what it made of them. Told after each page of the log, and at its end. Rejects: is told again after a while.
   */
  settle?(position: number): Promise<void> | void;
}

export interface FollowerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly feed: CallStore['feed'];
  readonly consumer: Consumer;
}

/**
 * Reads the log for one consumer, from wherever that got to: first what it has missed, then whatever is new. It may be
 * stopped anywhere, also by a crash, and goes on from there.
 */
export class Follower {
  readonly #options: FollowerOptions;
  /** Behind the last step that was taken and settled; null: nothing is read. */
  #cursor: number | null = null;
  #readTo = 0;
  /** The step that is being read: a page may end within it. */
  #part: FeedEntry[] = [];
  #nudged = false;
  #loop: Promise<void> | null = null;
  #closed = false;
  #retry: { readonly timer: Timer; readonly now: () => void } | null = null;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Position up to which everything is taken and settled; null: nothing is read. */
  get cursor(): number | null {
    return this.#cursor;
  }

  /**
   * Reads what is behind this position from now on: the end of a step, or the place before its first event (`number` −
   * 1).
   */
  begin(position: number): void {
    this.#cursor = position;
    this.#readTo = position;
    this.#part = [];
    this.nudge();
  }

  /** Reads no more, until `begin`. Resolves when what was under way is settled. */
  async rest(): Promise<void> {
    while (this.#loop !== null) await this.#loop;
    this.#cursor = null;
  }

  /** There may be something new in the log. */
  nudge(): void {
    this.#nudged = true;
    if (this.#closed || this.#cursor === null) return;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      if (this.#nudged) this.nudge();
    });
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.timer.cancel();
    this.#retry?.now();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#nudged && !this.#closed) {
      this.#nudged = false;
      while (!this.#closed && (await this.#page()));
    }
  }

  /** One page of the log. False when it is read to its end. */
  async #page(): Promise<boolean> {
    const { feed, consumer } = this.#options;
    const page = await this.#trying(() => feed({ after: this.#readTo, limit: pageSize }));
    if (page === null) return false;
    for (const entry of page) {
      if (this.#part[0] !== undefined && this.#part[0].step !== entry.step && !(await this.#take())) return false;
      this.#part.push(entry);
      this.#readTo = entry.position;
    }
    const more = page.length === pageSize;
    // At the end of the log no step is there in part: it was committed as one.
    if (!more && !(await this.#take())) return false;
    const settled = (this.#part[0]?.step ?? this.#readTo + 1) - 1;
    const done = await this.#trying(async () => {
      await consumer.settle?.(settled);
      return true;
    });
    if (done === null) return false;
    this.#cursor = settled;
    return more;
  }

  /** False when it was closed meanwhile. */
  async #take(): Promise<boolean> {
    const [first] = this.#part;
    if (first === undefined) return true;
    const step = { number: first.step, entries: this.#part };
    const taken = await this.#trying(async () => {
      await this.#options.consumer.take(step);
      return true;
    });
    if (taken === null) return false;
    this.#part = [];
    return true;
  }

  /** Until it works; null when closed meanwhile. */
  async #trying<T>(attempt: () => Promise<T>): Promise<T | null> {
    while (!this.#closed) {
      try {
        return await attempt();
      } catch (error) {
        this.#options.log.error({ err: error }, 'the event log cannot be followed; trying again');
        await new Promise<void>((resolve) => {
          this.#retry = { timer: this.#options.clock.setTimer(retryMs, resolve), now: resolve };
        });
      }
    }
    return null;
  }
}
