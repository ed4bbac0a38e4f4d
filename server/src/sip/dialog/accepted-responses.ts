import type { Clock, Timer } from '../../base/clock.ts';
import type { SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';

/** A 2xx to an INVITE that waits for its ACK. */
export interface AcceptedResponse {
  readonly transaction: ServerTransaction;
  readonly response: SipResponse;
  /** Set when the ACK is there or nobody waits for it any more. */
  done: boolean;
  readonly owner: { notAcked(accepted: AcceptedResponse): void };
}

interface Waiting {
  readonly accepted: AcceptedResponse;
  readonly dueAt: number;
  readonly endsAt: number;
}

/** The queue of those whose 64·T1 end before the next interval would. */
const lastQueue = 0;

/**
 * Retransmission of 2xx responses by the UAS core until the ACK arrives (RFC 3261 §13.3.1.4): after T1, then at
 * intervals that double up to T2, for 64·T1 in all; over reliable transports too, since the ACK may cross proxies.
 *
 * All of them share one timer. There are only a few different intervals, and all that wait for the same interval
 * fall due in the order they came: one queue per interval, no sorting. What was acknowledged leaves when its turn
 * comes.
 */
export class AcceptedResponses {
  readonly #clock: Clock;
  readonly #t1: number;
  readonly #t2: number;
  readonly #queues = new Map<number, { items: Waiting[]; head: number }>();
  #timer: Timer | null = null;
  #timerAt = 0;

  constructor(clock: Clock, timers: { t1: number; t2: number }) {
    this.#clock = clock;
    this.#t1 = timers.t1;
    this.#t2 = timers.t2;
  }

  /** Repeats a response just sent until `done` is set or the owner has been told `notAcked`. */
  start(accepted: AcceptedResponse): void {
    const now = this.#clock.monotonic();
    this.#push(accepted, this.#t1, now, now + 64 * this.#t1);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#queues.clear();
  }

  #push(accepted: AcceptedResponse, interval: number, now: number, endsAt: number): void {
    const last = now + interval >= endsAt;
    const dueAt = last ? endsAt : now + interval;
    const key = last ? lastQueue : interval;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { items: [], head: 0 };
      this.#queues.set(key, queue);
    }
    queue.items.push({ accepted, dueAt, endsAt });
    this.#arm(dueAt);
  }

  #arm(dueAt: number): void {
    if (this.#timer !== null && this.#timerAt <= dueAt) return;
    this.#timer?.cancel();
    this.#timerAt = dueAt;
    this.#timer = this.#clock.setTimer(Math.max(0, dueAt - this.#clock.monotonic()), () => this.#run());
  }

  #run(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const [interval, queue] of this.#queues) {
      for (;;) {
        const waiting = queue.items[queue.head];
        if (waiting === undefined) break;
        if (!waiting.accepted.done && waiting.dueAt > now) {
          next = Math.min(next, waiting.dueAt);
          break;
        }
        queue.head++;
        if (!waiting.accepted.done) this.#due(waiting, interval, now);
      }
      // Compact once half of the array is spent.
      if (queue.head > 64 && queue.head * 2 > queue.items.length) {
        queue.items.splice(0, queue.head);
        queue.head = 0;
      } else if (queue.head === queue.items.length) {
        queue.items.length = 0;
        queue.head = 0;
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #due(waiting: Waiting, interval: number, now: number): void {
    const { accepted, endsAt } = waiting;
    if (now >= endsAt) {
      accepted.done = true;
      accepted.owner.notAcked(accepted);
      return;
    }
    accepted.transaction.respond(accepted.response);
    this.#push(accepted, Math.min(interval * 2, this.#t2), now, endsAt);
  }
}
