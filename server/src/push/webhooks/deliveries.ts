import { type Clock, steadyClock, type Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { asked } from '../../base/tracing.ts';
import { writeNoteNumber } from '../note-number.ts';
import { DeliveryLane, type HowDone, type LaneLimits, type ShownDelivery, type Tried } from './delivery-lane.ts';
import { DoneDeliveries, type DoneDelivery, type Resent } from './done-deliveries.ts';
import { ownerOf, WaitingLanes } from './lanes.ts';
import type { PrivateAddress } from './public-fetch.ts';
import type { WaitingDelivery, WebhookStore, WebhookSubscription } from './webhook-records.ts';
import { type Outcome, type RequestLimits, sendWebhook } from './webhook-request.ts';

export interface DeliveryLimits extends LaneLimits, RequestLimits {
  /** Requests under way at once. */
  readonly concurrent: number;
  /** Deliveries that may wait in one lane; beyond it, by a tenth at most, the oldest are given up. */
  readonly mostWaitingPerLane: number;
}

export interface DeliveriesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly store: Pick<WebhookStore, 'lanes' | 'waiting' | 'finish' | 'dropOldest'>;
  readonly fetch: typeof fetch;
  readonly limits: DeliveryLimits;
  /** The name of a type of event, as a header says it. */
  readonly nameOfType: (type: number) => string;
  readonly subscription: (id: string) => WebhookSubscription | null;
  /** What is signed with for an app of this organization, the one in use first. */
  readonly secretsOf: (appKey: string, organizationId: string) => readonly string[];
}

const retryMs = 1000;
/** What is given up is logged at most this often, however much it is. */
const logEveryMs = 60_000;

/**
 * Everything that waits to be told, sent lane by lane. While there are more requests to make than slots, the lanes take
 * turns, and organizations before that: a slot that falls free goes to the one that has waited longest, for one
 * request.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #lanes = new Map<string, DeliveryLane>();
  readonly #aborting = new AbortController();
  readonly #underWay = new Set<Promise<Outcome>>();
  /** Lanes that found no slot free. */
  readonly #asking = new WaitingLanes<DeliveryLane>();
  /** Lanes for which a slot that has fallen free is kept until their turn. */
  readonly #granted = new Set<DeliveryLane>();
  /** How many have come to wait in a lane since it was last looked at whether they are too many. */
  readonly #unchecked = new Map<string, number>();
  #dropping: Promise<void> = Promise.resolve();
  #used = 0;
  /** Done, but not yet gone from the store. */
  #finished: number[] = [];
  #finishing: Promise<void> | null = null;
  readonly #done: DoneDeliveries;
  #delivered = 0;
  #failedAttempts = 0;
  #givenUp = 0;
  #givenUpUnlogged = 0;
  #refused = 0;
  #refusedLoggedAt: number | null = null;
  #logTimer: Timer | null = null;
  #closed = false;

  readonly #steady: Clock;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#steady = steadyClock(options.clock);
    this.#done = new DoneDeliveries({
      clock: options.clock,
      mostResent: options.limits.concurrentPerLane,
      send: (delivery) => this.#send(delivery),
    });
  }

  /** Goes on with what waits from before. */
  async start(): Promise<void> {
    for (const lane of await this.#options.store.lanes()) this.notify(lane, this.#options.limits.mostWaitingPerLane);
  }

  /** So many more wait in this lane. */
  notify(name: string, count: number): void {
    if (this.#closed) return;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = this.#open(name);
      this.#lanes.set(name, lane);
    }
    lane.notify();
    const unchecked = (this.#unchecked.get(name) ?? 0) + count;
    const tooMany = unchecked > this.#options.limits.mostWaitingPerLane / 10;
    this.#unchecked.set(name, tooMany ? 0 : unchecked);
    if (tooMany) this.#dropping = this.#dropping.then(() => this.#dropOldest(name));
  }

  /** What waits to be sent for this organization, as far as it is in memory; the first so many. */
  waiting(organizationId: string, most: number): ShownDelivery[] {
    const found: ShownDelivery[] = [];
    for (const lane of this.#lanesOf(organizationId)) {
      for (const one of lane.waiting()) {
        if (found.length >= most) return found;
        found.push(one);
      }
    }
    return found;
  }

  /** How much that is. */
  waitingCount(organizationId: string): number {
    return this.#lanesOf(organizationId).reduce((sum, { waitingCount }) => sum + waitingCount, 0);
  }

  /** The last that were done, the newest first; since the start. */
  done(): DoneDelivery[] {
    return this.#done.all();
  }

  #lanesOf(organizationId: string): DeliveryLane[] {
    return [...this.#lanes.values()].filter(({ name }) => ownerOf(name) === organizationId);
  }

  /** Sends one of this organization that waits now, and one that was given up since the start once more. */
  retry(organizationId: string, position: number): Resent {
    if (this.#lanesOf(organizationId).some((lane) => lane.retry(position))) return 'sent';
    const isIts = this.done().some(
      ({ delivery }) => delivery.position === position && ownerOf(delivery.lane) === organizationId,
    );
    return this.#closed || !isIts ? 'unknown' : this.#done.resend(position);
  }

  counters() {
    return {
      delivered: this.#delivered,
      failedAttempts: this.#failedAttempts,
      givenUp: this.#givenUp,
      /** Not sent, since they would have led into the own network. */
      refused: this.#refused,
      underWay: this.#used,
      receivers: this.#lanes.size,
      receiversDown: [...this.#lanes.values()].filter((lane) => lane.down).length,
    };
  }

  /** Ends what is under way; that will be sent again. Resolves when what has been delivered is known to the store. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const lane of this.#lanes.values()) lane.close();
      this.#aborting.abort();
      this.#logTimer?.cancel();
      this.#logGivenUp();
    }
    await Promise.all(this.#underWay);
    await this.#finishing;
    await this.#dropping;
  }

  #open(name: string): DeliveryLane {
    const { clock, random, store, limits, log } = this.#options;
    return new DeliveryLane({
      name,
      clock,
      steady: this.#steady,
      random,
      store,
      limits,
      send: (delivery) => this.#send(delivery),
      acquire: (lane) => this.#acquire(lane),
      release: () => this.#release(),
      finished: (delivery, how, tried) => this.#finish(delivery, how, tried),
      failed: (delivery, outcome) => this.#fail(delivery, outcome),
      idle: (lane) => this.#retire(lane),
      trouble: (err) => log.error({ err }, 'webhooks cannot read what waits'),
    });
  }

  #send(delivery: WaitingDelivery): Promise<Outcome> | null {
    const { clock, limits, fetch, subscription, secretsOf, nameOfType } = this.#options;
    const to = subscription(delivery.subscriptionId);
    if (to === null || !to.enabled) return null;
    const { at, fields, position, type, number } = delivery;
    const event = nameOfType(type ?? to.type);
    const secrets = to.appKey === null ? [] : secretsOf(to.appKey, to.organizationId);
    const request = {
      subscription: to,
      fields,
      deliveryId: number === null ? String(position) : writeNoteNumber(number),
      at,
      event,
      secrets,
    };
    const refused = (why: PrivateAddress) => this.#logRefused(to, why);
    const span = asked('webhook', { 'partyline.event': event }, delivery.orderKey);
    const { signal } = this.#aborting;
    const sent = sendWebhook({ ...request, trace: span.headers() }, { fetch, clock, limits, signal, refused });
    this.#underWay.add(sent);
    void sent.then((outcome) => {
      this.#underWay.delete(sent);
      if (outcome === null) span.end({}, 'no answer');
      else span.end({ 'http.response.status_code': outcome }, outcome >= 400 ? String(outcome) : null);
    });
    return sent;
  }

  /** The first of a minute: the same address is tried again and again. */
  #logRefused({ id, organizationId }: WebhookSubscription, why: PrivateAddress): void {
    this.#refused++;
    const now = this.#options.clock.monotonic();
    if (this.#refusedLoggedAt !== null && now - this.#refusedLoggedAt < logEveryMs) return;
    this.#refusedLoggedAt = now;
    this.#options.log.warn(
      { subscription: id, organization: organizationId, why: why.message },
      'a webhook was not sent into the own network; webhooks.allowPrivateWebhooks: true would allow it',
    );
  }

  #acquire(lane: DeliveryLane): boolean {
    if (this.#granted.delete(lane)) return true;
    if (this.#used >= this.#options.limits.concurrent) {
      this.#asking.add(lane);
      return false;
    }
    this.#used++;
    return true;
  }

  /** The slot goes to the lane whose turn it is, before the one that gives it back can take it again. */
  #release(): void {
    const lane = this.#asking.take();
    if (lane === null) {
      this.#used--;
      return;
    }
    this.#granted.add(lane);
    // Not within the other lane's step.
    queueMicrotask(() => {
      lane.pump();
      // It has nothing to send any more: the next one may have.
      if (this.#granted.delete(lane)) this.#release();
    });
  }

  async #dropOldest(name: string): Promise<void> {
    if (this.#closed) return;
    const { store, limits, log } = this.#options;
    try {
      const last = await store.dropOldest({ lane: name, keep: limits.mostWaitingPerLane });
      if (last === null || this.#closed) return;
      log.warn(
        { most: limits.mostWaitingPerLane },
        'too many webhooks wait for one receiver; the oldest were given up',
      );
      this.#lanes.get(name)?.forget(last);
    } catch (err) {
      // As many again, and it is tried again.
      log.error({ err }, 'webhooks cannot drop what is too much');
    }
  }

  #fail(delivery: WaitingDelivery, outcome: Outcome): void {
    this.#failedAttempts++;
    const about = { subscription: delivery.subscriptionId, status: outcome };
    this.#options.log.debug(about, 'a webhook was not taken; it will be tried again');
  }

  #finish(delivery: WaitingDelivery, how: HowDone, tried: Tried): void {
    if (how === 'delivered') this.#delivered++;
    this.#done.add(delivery, how, tried);
    if (how === 'givenUp') {
      this.#givenUp++;
      this.#givenUpUnlogged++;
      if (this.#logTimer === null) this.#logGivenUp(delivery.subscriptionId);
    }
    this.#finished.push(delivery.position);
    this.#finishing ??= this.#storeFinished().finally(() => {
      this.#finishing = null;
      for (const lane of [...this.#lanes.values()]) if (!this.#closed) lane.pump();
    });
  }

  /** The first at once, those of the next minute together. */
  #logGivenUp(subscription?: string): void {
    this.#logTimer = null;
    const count = this.#givenUpUnlogged;
    if (count === 0) return;
    this.#givenUpUnlogged = 0;
    this.#options.log.warn(
      { count, ...(subscription === undefined ? {} : { subscription }) },
      'webhooks were given up',
    );
    if (!this.#closed) this.#logTimer = this.#options.clock.setTimer(logEveryMs, () => this.#logGivenUp());
  }

  async #storeFinished(): Promise<void> {
    // All of one turn together.
    await Promise.resolve();
    while (this.#finished.length > 0) {
      const positions = this.#finished;
      this.#finished = [];
      try {
        await this.#options.store.finish(positions);
      } catch (error) {
        this.#options.log.error({ err: error }, 'webhooks cannot note what has been delivered; trying again');
        this.#finished.push(...positions);
        // They will be sent once more after the next start: that is allowed, losing one is not.
        if (this.#closed) return;
        await new Promise<void>((resolve) => this.#options.clock.setTimer(retryMs, resolve));
      }
    }
  }

  /** Only when all it has done is gone from the store: a new lane of that name reads from the beginning. */
  #retire(lane: DeliveryLane): void {
    if (this.#finishing !== null || this.#finished.length > 0) return;
    lane.close();
    this.#asking.delete(lane);
    this.#lanes.delete(lane.name);
    this.#unchecked.delete(lane.name);
  }
}
