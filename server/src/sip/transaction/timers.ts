import type { Clock, Timer } from '../../base/clock.ts';

/** Milliseconds (RFC 3261 table 4). Timers B, F, H, J, L and M last 64 × t1; I and K last t4. */
export interface TimerOptions {
  /** Round-trip time; first interval of timers A, E and G. */
  t1: number;
  /** The longest interval of timers E and G. */
  t2: number;
  /** How long a message may stay in the network. */
  t4: number;
  /** How long an INVITE may go without a final response after its last provisional one before it is cancelled. */
  timerC: number;
  /** How long a refused INVITE's client transaction absorbs retransmissions on unreliable transports. */
  timerD: number;
  /** How long an INVITE may stay unanswered before a 100 is sent (§17.2.1). */
  trying: number;
}

export const defaultTimers: TimerOptions = {
  t1: 500,
  t2: 4_000,
  t4: 5_000,
  timerC: 200_000,
  timerD: 32_000,
  trying: 200,
};

/** What a long timer reports its end to, by name. */
export interface Timed<Name extends string> {
  timerEnded(name: Name): void;
}

/** A pending end of a long timer. Cancelled or over, it holds no memory but its own. */
export class Deadline {
  readonly at: number;
  readonly #name: string;
  #target: Timed<string> | null;

  constructor(at: number, target: Timed<string>, name: string) {
    this.at = at;
    this.#target = target;
    this.#name = name;
  }

  get cancelled(): boolean {
    return this.#target === null;
  }

  cancel(): void {
    this.#target = null;
  }

  fire(): void {
    const target = this.#target;
    this.#target = null;
    target?.timerEnded(this.#name);
  }
}

/**
 * Timers of one duration: what was started first ends first, so a queue and one clock timer do for all of them.
 * Tens of thousands of transactions wait for their end at any time under load.
 */
class DeadlineQueue {
  readonly #clock: Clock;
  readonly #duration: number;
  #entries: Deadline[] = [];
  #head = 0;
  #timer: Timer | null = null;
  #running = false;

  constructor(clock: Clock, duration: number) {
    this.#clock = clock;
    this.#duration = duration;
  }

  start(target: Timed<string>, name: string): Deadline {
    const deadline = new Deadline(this.#clock.monotonic() + this.#duration, target, name);
    this.#entries.push(deadline);
    if (this.#timer === null && !this.#running) this.#schedule(this.#duration);
    return deadline;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#entries = [];
    this.#head = 0;
  }

  #schedule(delay: number): void {
    this.#timer = this.#clock.setTimer(delay, () => {
      this.#timer = null;
      this.#running = true;
      this.#run();
      this.#running = false;
      this.#trim();
    });
  }

  #run(): void {
    // A system timer may come a fraction of a millisecond early.
    const now = this.#clock.monotonic() + 0.999;
    while (this.#head < this.#entries.length) {
      const deadline = this.#entries[this.#head]!;
      if (!deadline.cancelled && deadline.at > now) return;
      this.#head++;
      deadline.fire();
    }
  }

  #trim(): void {
    const next = this.#entries[this.#head];
    if (next === undefined) this.stop();
    else {
      if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
        this.#entries = this.#entries.slice(this.#head);
        this.#head = 0;
      }
      this.#schedule(Math.max(0, next.at - this.#clock.monotonic()));
    }
  }
}

/** The long timers of all transactions, by duration. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DeadlineQueue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells `target` after `ms` that the timer `name` ended, unless it is cancelled. */
  after<Name extends string>(ms: number, target: Timed<Name>, name: Name): Deadline {
    let queue = this.#queues.get(ms);
    if (queue === undefined) {
      queue = new DeadlineQueue(this.#clock, ms);
      this.#queues.set(ms, queue);
    }
    return queue.start(target as Timed<string>, name);
  }

  stop(): void {
    for (const queue of this.#queues.values()) queue.stop();
  }
}
