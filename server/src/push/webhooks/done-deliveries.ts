import type { Clock } from '../../base/clock.ts';
import { type HowDone, isTaken, type Tried } from './delivery-lane.ts';
import type { WaitingDelivery } from './webhook-records.ts';
import type { Outcome } from './webhook-request.ts';

/** What became of a delivery. */
export interface DoneDelivery extends Tried {
  readonly delivery: WaitingDelivery;
  readonly how: HowDone;
  /** ms since the epoch. */
  readonly at: number;
}

/** `busy`: as many as may be are being sent once more. `unknown`: none that was given up has this position. */
export type Resent = 'sent' | 'busy' | 'unknown';

export interface DoneDeliveriesOptions {
  readonly clock: Clock;
  /** How many may be sent once more at a time. */
  readonly mostResent: number;
  /** One request; null: its subscription wants nothing any more. Never rejects. */
  readonly send: (delivery: WaitingDelivery) => Promise<Outcome> | null;
}

/** Of those that were given up and of the others, so that what goes well does not push out what did not. */
const mostRemembered = 1000;

/** The last deliveries that were done since the start; those that were given up can be sent once more. */
export class DoneDeliveries {
  readonly #options: DoneDeliveriesOptions;
  readonly #givenUp = new Map<number, DoneDelivery>();
  readonly #others: DoneDelivery[] = [];
  readonly #resending = new Set<number>();

  constructor(options: DoneDeliveriesOptions) {
    this.#options = options;
  }

  add(delivery: WaitingDelivery, how: HowDone, tried: Tried): void {
    const done = { delivery, how, at: this.#options.clock.now(), ...tried };
    if (how === 'givenUp') {
      this.#givenUp.set(delivery.position, done);
      const [oldest] = this.#givenUp.keys();
      if (this.#givenUp.size > mostRemembered && oldest !== undefined) this.#givenUp.delete(oldest);
      return;
    }
    this.#others.push(done);
    if (this.#others.length > mostRemembered) this.#others.shift();
  }

  /** The newest first. */
  all(): DoneDelivery[] {
    return [...this.#others, ...this.#givenUp.values()].sort((a, b) => b.at - a.at);
  }

  /** One attempt, out of its turn: what came after it has been told long ago. When it fails it stays given up. */
  resend(position: number): Resent {
    const done = this.#givenUp.get(position);
    if (done === undefined) return 'unknown';
    if (this.#resending.has(position)) return 'sent';
    if (this.#resending.size >= this.#options.mostResent) return 'busy';
    const sent = this.#options.send(done.delivery);
    if (sent === null) {
      this.#become(done, 'dropped', done);
      return 'sent';
    }
    this.#resending.add(position);
    void sent.then((outcome) => {
      this.#resending.delete(position);
      const tried = { attempts: done.attempts + 1, lastStatus: outcome };
      this.#become(done, isTaken(outcome) ? 'delivered' : 'givenUp', tried);
    });
    return 'sent';
  }

  #become({ delivery }: DoneDelivery, how: HowDone, { attempts, lastStatus }: Tried): void {
    this.#givenUp.delete(delivery.position);
    this.add(delivery, how, { attempts, lastStatus });
  }
}
