import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { WaitingDelivery, WebhookStore } from './webhook-records.ts';
import type { Outcome } from './webhook-request.ts';

/** Deliveries in memory that may still go out soon; what waits beyond them stays in the store. */
const windowSize = 500;
/** Those in memory altogether: beyond it the oldest that their receiver refuses are given up. */
const mostInMemory = 5000;
/** Failures in a row after which the receiver counts as down and is asked by one request at a time. */
const downAfter = 3;
/**
 * Failures, a few minutes of them, between which others came through: the delivery itself is what the receiver cannot
 * bear.
 */
const faultyAfter = 8;

export interface LaneLimits {
  readonly backOffMs: number;
  readonly mostBackOffMs: number;
  readonly giveUpAfterMs: number;
  readonly concurrentPerLane: number;
}

export interface LaneOptions {
  readonly name: string;
  readonly clock: Clock;
  /** The same, with a wall-clock time that does not jump. */
  readonly steady: Clock;
  readonly random: Random;
  readonly store: Pick<WebhookStore, 'waiting'>;
  readonly limits: LaneLimits;
  /** One request; null: its subscription wants nothing any more. Never rejects. */
  readonly send: (delivery: WaitingDelivery) => Promise<Outcome> | null;
  /** A slot for one request, given back with `release`; false: none is free, `pump` will be called when one is. */
  readonly acquire: (lane: DeliveryLane) => boolean;
  readonly release: () => void;
  readonly finished: (delivery: WaitingDelivery, how: HowDone, tried: Tried) => void;
  readonly failed: (delivery: WaitingDelivery, outcome: Outcome) => void;
  /** Nothing is left to do here. */
  readonly idle: (lane: DeliveryLane) => void;
  readonly trouble: (error: unknown) => void;
}

interface Waiting {
  readonly delivery: WaitingDelivery;
  failures: number;
  /** `clock.monotonic()` from which it may be tried. */
  dueAt: number;
  sending: boolean;
  /**
   * How often the receiver had taken something when this last failed; and how often this failed although others did
   * not.
   */
  successesSeen: number;
  faults: number;
  /** What came of the last attempt; undefined: there was none. */
  last?: Outcome;
}

export type HowDone = 'delivered' | 'dropped' | 'givenUp';

export interface Tried {
  readonly attempts: number;
  /** The status it was last answered with; null: there was no answer, or no attempt. */
  readonly lastStatus: number | null;
}

/** A delivery that waits, as it is shown. */
export interface ShownDelivery extends Tried {
  readonly delivery: WaitingDelivery;
  /** Until its next attempt, ms; 0: it is due, and waits for its turn. */
  readonly dueInMs: number;
}

/**
 * Everything that goes to one receiver. Events of one call go one after the other, those of different calls side by
 * side. What fails is tried again, later and later. While nothing gets through, one request at a time asks whether the
 * receiver is back; a delivery that fails while others get through is the receiver's own trouble with it, and holds up
 * only those of its own subscription and call.
 */
export class DeliveryLane {
  readonly name: string;
  readonly #options: LaneOptions;
  /** By order key, each in order; keys in the order of their first. */
  readonly #calls = new Map<string, Waiting[]>();
  #inMemory = 0;
  #faulty = 0;
  #readTo = 0;
  /** Nothing is left in the store behind `readTo`, as far as `notices` say. */
  #exhausted = false;
  #notices = 0;
  #loading = false;
  #underWay = 0;
  #successes = 0;
  #failuresInARow = 0;
  /** While it is down: failed questions whether it is back, and when the next may be asked. */
  #probes = 0;
  #probeAt = 0;
  #timer: Timer | null = null;
  #closed = false;

  constructor(options: LaneOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get down(): boolean {
    return this.#failuresInARow >= downAfter;
  }

  /** How much waits here, as far as it is in memory. */
  get waitingCount(): number {
    return this.#inMemory;
  }

  /** The same, in the order of calls. */
  *waiting(): Generator<ShownDelivery> {
    const now = this.#options.clock.monotonic();
    for (const call of this.#calls.values()) {
      for (const { delivery, dueAt, failures, last = null } of call) {
        const dueAtAll = this.down ? Math.max(dueAt, this.#probeAt) : dueAt;
        yield { delivery, attempts: failures, lastStatus: last, dueInMs: Math.max(0, dueAtAll - now) };
      }
    }
  }

  /** Tries it now, and whether the receiver is back. False: it does not wait here. */
  retry(position: number): boolean {
    for (const call of this.#calls.values()) {
      const waiting = call.find(({ delivery }) => delivery.position === position);
      if (waiting === undefined) continue;
      waiting.dueAt = 0;
      this.#probeAt = 0;
      this.pump();
      return true;
    }
    return false;
  }

  /** More waits in the store. */
  notify(): void {
    this.#notices++;
    this.#exhausted = false;
    this.pump();
  }

  /** What waited up to this position is gone from the store; what is under way is let finish. */
  forget(position: number): void {
    for (const call of [...this.#calls.values()]) {
      for (const waiting of call.filter((one) => one.delivery.position <= position && !one.sending)) {
        this.#finish(waiting, 'givenUp');
      }
    }
    this.pump();
  }

  /** Sends whatever may go out now. */
  pump(): void {
    if (this.#closed) return;
    this.#load();
    // One moment for both: what is not due for the first must be waited for by the second.
    const now = this.#options.clock.monotonic();
    while (this.#sendNext(now));
    this.#wait(now);
    if (this.#inMemory === 0 && this.#exhausted && !this.#loading) this.#options.idle(this);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #load(): void {
    if (this.#loading || this.#exhausted || this.#inMemory - this.#faulty > windowSize / 2) return;
    this.#loading = true;
    const notices = this.#notices;
    const { store } = this.#options;
    store.waiting({ lane: this.name, after: this.#readTo, limit: windowSize }).then(
      (found) => {
        this.#loading = false;
        // What was enqueued while this was read may be missing.
        this.#exhausted = found.length < windowSize && notices === this.#notices;
        for (const delivery of found) this.#add(delivery);
        this.#makeRoom();
        this.pump();
      },
      (error: unknown) => {
        this.#options.trouble(error);
        this.#options.clock.setTimer(this.#options.limits.backOffMs, () => {
          this.#loading = false;
          this.pump();
        });
      },
    );
  }

  #add(delivery: WaitingDelivery): void {
    this.#readTo = delivery.position;
    this.#inMemory++;
    const waiting = { delivery, failures: 0, dueAt: 0, sending: false, successesSeen: this.#successes, faults: 0 };
    const call = this.#calls.get(delivery.orderKey);
    if (call === undefined) this.#calls.set(delivery.orderKey, [waiting]);
    else call.push(waiting);
  }

  #makeRoom(): void {
    if (this.#inMemory <= mostInMemory) return;
    for (const call of [...this.#calls.values()]) {
      for (const waiting of call.filter((one) => isFaulty(one) && !one.sending)) {
        if (this.#inMemory <= mostInMemory) return;
        this.#finish(waiting, 'givenUp');
      }
    }
  }

  /** By the clock that says less: one that was set must not have anything given up. */
  #age({ delivery }: Waiting): number {
    const { clock, steady } = this.#options;
    return Math.min(clock.now(), steady.now()) - delivery.at;
  }

  #sendNext(now: number): boolean {
    const { limits, acquire } = this.#options;
    if (this.#underWay >= (this.down ? 1 : limits.concurrentPerLane)) return false;
    const next = this.down ? this.#probe(now) : this.#firstDue(now);
    if (next === null) return false;
    if (this.#age(next) > limits.giveUpAfterMs) {
      this.#finish(next, 'givenUp');
      return true;
    }
    if (!acquire(this)) return false;
    const sent = this.#options.send(next.delivery);
    if (sent === null) {
      this.#options.release();
      this.#finish(next, 'dropped');
      return true;
    }
    this.#underWay++;
    next.sending = true;
    void sent.then((outcome) => this.#answered(next, outcome));
    return true;
  }

  #firstDue(now: number): Waiting | null {
    for (const call of this.#calls.values()) {
      for (const waiting of candidates(call)) if (waiting.dueAt <= now) return waiting;
    }
    return null;
  }

  /** The one that was tried least: one that the receiver cannot bear must not be all it is ever asked. */
  #probe(now: number): Waiting | null {
    if (now < this.#probeAt) return null;
    let best: Waiting | null = null;
    for (const call of this.#calls.values()) {
      for (const waiting of candidates(call)) if (best === null || waiting.failures < best.failures) best = waiting;
    }
    return best;
  }

  #answered(waiting: Waiting, outcome: Outcome): void {
    this.#underWay--;
    waiting.sending = false;
    this.#options.release();
    if (this.#closed) return;
    waiting.last = outcome;
    if (isTaken(outcome)) this.#succeeded(waiting);
    else this.#failed(waiting, outcome);
    this.pump();
  }

  #succeeded(waiting: Waiting): void {
    this.#successes++;
    // The receiver is back: nothing waits any longer than it must.
    if (this.down) for (const call of this.#calls.values()) for (const one of call) one.dueAt = 0;
    this.#failuresInARow = 0;
    this.#probes = 0;
    this.#finish(waiting, 'delivered');
  }

  #failed(waiting: Waiting, outcome: Outcome): void {
    const { clock, limits } = this.#options;
    this.#options.failed(waiting.delivery, outcome);
    const now = clock.monotonic();
    waiting.failures++;
    waiting.dueAt = now + this.#backOff(waiting.failures);
    const wasFaulty = isFaulty(waiting);
    if (refused(outcome)) waiting.faults = faultyAfter;
    else if (waiting.failures > 1 && this.#successes > waiting.successesSeen) waiting.faults++;
    waiting.successesSeen = this.#successes;
    if (!wasFaulty && isFaulty(waiting)) this.#faulty++;
    if (this.#age(waiting) > limits.giveUpAfterMs) this.#finish(waiting, 'givenUp');
    // A receiver that refuses is there.
    if (refused(outcome)) return;
    this.#failuresInARow++;
    if (!this.down) return;
    // Of several that were under way when it went down only the first counts.
    if (now >= this.#probeAt) this.#probeAt = now + this.#backOff(++this.#probes);
  }

  #backOff(failures: number): number {
    const { limits, random } = this.#options;
    const delay = Math.min(limits.mostBackOffMs, limits.backOffMs * 2 ** Math.min(30, failures - 1));
    // Up to a quarter off, so that what failed together does not come again together.
    return delay * (1 - random.int(251) / 1000);
  }

  #finish(waiting: Waiting, how: HowDone): void {
    const { delivery, failures, last = null } = waiting;
    const call = this.#calls.get(delivery.orderKey);
    const at = call?.indexOf(waiting) ?? -1;
    if (call === undefined || at < 0) return;
    call.splice(at, 1);
    if (call.length === 0) this.#calls.delete(delivery.orderKey);
    this.#inMemory--;
    if (isFaulty(waiting)) this.#faulty--;
    const attempts = how === 'delivered' ? failures + 1 : failures;
    this.#options.finished(delivery, how, { attempts, lastStatus: last });
  }

  /** Until something falls due by itself. */
  #wait(now: number): void {
    this.#timer?.cancel();
    this.#timer = null;
    let next = Number.POSITIVE_INFINITY;
    if (this.down) {
      if (this.#inMemory > 0 && this.#underWay === 0) next = this.#probeAt;
    } else {
      for (const call of this.#calls.values()) for (const one of candidates(call)) next = Math.min(next, one.dueAt);
    }
    // What is due already waits for a slot, not for time.
    if (next > now && Number.isFinite(next)) this.#timer = this.#options.clock.setTimer(next - now, () => this.pump());
  }
}

/** The first of a call that may go out now or later, and behind faulty ones the first of other subscriptions. */
function* candidates(call: readonly Waiting[]): Generator<Waiting> {
  const heldUp = new Set<string>();
  for (const waiting of call) {
    const { subscriptionId } = waiting.delivery;
    if (waiting.sending) return;
    if (!heldUp.has(subscriptionId)) yield waiting;
    if (!isFaulty(waiting)) return;
    heldUp.add(subscriptionId);
  }
}

function isFaulty(waiting: Waiting): boolean {
  return waiting.faults >= faultyAfter;
}

export function isTaken(outcome: Outcome): boolean {
  return outcome !== null && outcome >= 200 && outcome < 300;
}

/** The receiver is there and does not want it: as it is, or at this address. */
function refused(outcome: Outcome): boolean {
  return outcome !== null && outcome >= 300 && outcome < 500 && ![408, 425, 429].includes(outcome);
}
