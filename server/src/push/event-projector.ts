import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { WebhookFormat } from '../base/provisioning.ts';
import type { WebhookDelivery, WebhookStore, WebhookSubscription } from '../base/webhook-records.ts';
import { isOfCall } from '../call/event-log.ts';
import { type CallEvent, organizationOf } from '../call/events.ts';
import type { CallStore } from '../call/ports.ts';
import { type ViewChange, ViewChanges } from './view-changes.ts';
import { type NumbersOf, webhookFields, webhookTypeOf } from './webhook-fields.ts';

const pageSize = 500;
/** Events after which the cursor is stored although nothing was to be told: what a restart reads again at most. */
const storeCursorEvery = 2000;
const retryMs = 1000;

export interface ProjectorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<WebhookStore, 'enqueue'>;
  readonly calls: Pick<CallStore, 'feed' | 'eventsOf'>;
  readonly numbersOf: NumbersOf;
  /** Enabled subscriptions to that type of event of the extension. */
  readonly wanted: (extensionId: string, type: number) => readonly WebhookSubscription[];
  /** Whether anybody of the organization subscribes to anything. */
  readonly concerned: (organizationId: string) => boolean;
  /** How the receiver of a subscription wants its fields written. */
  readonly formatOf: (subscription: WebhookSubscription) => WebhookFormat;
  readonly laneOf: (subscription: WebhookSubscription) => string;
  /** So many more wait in these lanes now. */
  readonly onEnqueued: (lanes: ReadonlyMap<string, number>) => void;
}

/**
 * Turns the feed of all events into deliveries, once each: what is to be told and how far the feed has been read are stored together. It
 * may be stopped anywhere, also by a crash, and goes on from there.
 */
export class EventProjector {
  readonly #options: ProjectorOptions;
  readonly #changes = new ViewChanges();
  /** Running calls that concern nobody. */
  readonly #ignored = new Set<string>();
  #cursor: number | null = null;
  #stored = 0;
  #nudged = false;
  #loop: Promise<void> | null = null;
  #closed = false;
  #retry: { readonly timer: Timer; readonly now: () => void } | null = null;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  /** How far the feed has been read; null: it is not read. */
  get cursor(): number | null {
    return this.#cursor;
  }

  /** Reads the feed behind `cursor` from now on. */
  begin(cursor: number): void {
    this.#cursor = cursor;
    this.#stored = cursor;
    this.nudge();
  }

  /** Reads no more, until `begin`. Resolves when what was under way is stored. */
  async rest(): Promise<void> {
    while (this.#loop !== null) await this.#loop;
    this.#cursor = null;
    this.#changes.clear();
    this.#ignored.clear();
  }

  /** There may be something new in the feed. */
  nudge(): void {
    this.#nudged = true;
    if (this.#closed || this.#cursor === null) return;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      if (this.#nudged) this.nudge();
    });
  }

  /** An organization has subscribed that had not: its calls, of no concern until now, may be of some. */
  concernsMore(): void {
    this.#ignored.clear();
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

  /** One page, and what must not be parted from it. False when the feed is read to its end. */
  async #page(): Promise<boolean> {
    const deliveries: WebhookDelivery[] = [];
    let cursor = this.#cursor ?? 0;
    let more = true;
    do {
      const after = cursor;
      const page = await this.#trying(() => this.#options.calls.feed({ after, limit: pageSize }));
      if (page === null) return false;
      for (const { position, event } of page) {
        if (isOfCall(event)) await this.#project(position, event, deliveries);
        cursor = position;
      }
      more = page.length === pageSize;
      if (page.length === 0) this.#abandon(cursor, deliveries);
    } while (this.#changes.between);
    if (deliveries.length > 0 || cursor - this.#stored >= storeCursorEvery) {
      const stored = await this.#trying(async () => {
        await this.#options.store.enqueue(deliveries, cursor);
        return true;
      });
      if (stored === null) return false;
      this.#stored = cursor;
      if (deliveries.length > 0) this.#options.onEnqueued(countsOf(deliveries));
    }
    this.#cursor = cursor;
    return more;
  }

  async #project(position: number, event: CallEvent, deliveries: WebhookDelivery[]): Promise<void> {
    const { callId } = event;
    if (this.#ignored.has(callId)) {
      if (event.type === 'callCleared') this.#ignored.delete(callId);
      return;
    }
    try {
      if (!this.#changes.follows(callId) && !(await this.#catchUp(event))) {
        if (event.type !== 'callCleared') this.#ignored.add(callId);
        return;
      }
      for (const change of this.#changes.next(event)) this.#tell(change, position, event.at, deliveries);
    } catch (error) {
      // A call whose log does not hold together must not keep the others from being told.
      this.#options.log.error({ err: error, call: callId }, 'webhooks cannot follow a call');
      this.#changes.forget(callId);
      this.#ignored.add(callId);
    }
  }

  /** Brings a call that is not followed up to before this event; false when it concerns nobody. */
  async #catchUp(event: CallEvent): Promise<boolean> {
    const { callId, seq } = event;
    const { calls, concerned } = this.#options;
    const concerns = (first: CallEvent | undefined) => {
      const organizationId = organizationOf(first);
      return organizationId !== null && concerned(organizationId);
    };
    if (seq === 1) return concerns(event);
    for (let after = 0; after < seq - 1; ) {
      // The first event says whose call it is, and most calls are read no further.
      const limit = after === 0 ? 1 : Math.min(pageSize, seq - 1 - after);
      const page = await this.#trying(() => calls.eventsOf(callId, { after, limit }));
      if (page === null || page.length === 0) return false;
      if (after === 0 && !concerns(page[0])) return false;
      for (const past of page) this.#changes.recall(past);
      after += page.length;
    }
    return true;
  }

  #tell(change: ViewChange, position: number, at: number, deliveries: WebhookDelivery[]): void {
    const { wanted, laneOf, formatOf, numbersOf } = this.#options;
    const type = webhookTypeOf(change);
    const { extensionId, phoneCallId: orderKey } = change.view;
    for (const subscription of wanted(extensionId, type)) {
      if (position <= subscription.since) continue;
      const fields = webhookFields(change, numbersOf, formatOf(subscription));
      deliveries.push({ lane: laneOf(subscription), subscriptionId: subscription.id, orderKey, at, type, fields });
    }
  }

  #abandon(position: number, deliveries: WebhookDelivery[]): void {
    const lost = this.#changes.abandon();
    if (lost.length === 0) return;
    this.#options.log.error({ legs: lost.length }, 'webhooks saw legs leave that arrived nowhere');
    for (const change of lost) this.#tell(change, position, this.#options.clock.now(), deliveries);
  }

  /** Until it works; null when closed meanwhile. */
  async #trying<T>(attempt: () => Promise<T>): Promise<T | null> {
    while (!this.#closed) {
      try {
        return await attempt();
      } catch (error) {
        this.#options.log.error({ err: error }, 'webhooks cannot reach the store; trying again');
        await new Promise<void>((resolve) => {
          this.#retry = { timer: this.#options.clock.setTimer(retryMs, resolve), now: resolve };
        });
      }
    }
    return null;
  }
}

function countsOf(deliveries: readonly WebhookDelivery[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { lane } of deliveries) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return counts;
}
