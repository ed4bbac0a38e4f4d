import type { Log } from '../../base/log.ts';
import type { CallStore } from '../../call/ports.ts';
import { FollowedCalls, type NumberedNote } from '../followed-calls.ts';
import type { Consumer, LoggedStep } from '../follower.ts';
import type { WebhookDialect, WebhookNote } from './webhook-dialect.ts';
import type { WebhookDelivery, WebhookStore, WebhookSubscription } from './webhook-records.ts';

/** Events after which the cursor is stored although nothing was to be told: what a restart reads again at most. */
const storeCursorEvery = 2000;

export interface WebhookConsumerOptions {
  readonly log: Log;
  readonly store: Pick<WebhookStore, 'enqueue'>;
  readonly eventsOf: CallStore['eventsOf'];
  readonly dialect: WebhookDialect;
  /** Enabled subscriptions to that type of event of the extension. */
  readonly wanted: (extensionId: string, type: number) => readonly WebhookSubscription[];
  /** Whether anybody of the organization subscribes to anything. */
  readonly concerned: (organizationId: string) => boolean;
  readonly laneOf: (subscription: WebhookSubscription) => string;
  /** So many more wait in these lanes now. */
  readonly onEnqueued: (lanes: ReadonlyMap<string, number>) => void;
}

/**
 * Turns the log into deliveries, once each: what is to be told and how far the log has been read are stored together.
 */
export class WebhookConsumer implements Consumer {
  readonly #options: WebhookConsumerOptions;
  #calls: FollowedCalls<WebhookNote>;
  #deliveries: WebhookDelivery[] = [];
  #stored = 0;

  constructor(options: WebhookConsumerOptions) {
    this.#options = options;
    this.#calls = this.#follow();
  }

  /** Begins anew, behind this position. */
  reset(position: number): void {
    this.forget();
    this.#stored = position;
  }

  /** Nothing more is read, and what was read is not needed. */
  forget(): void {
    this.#calls = this.#follow();
    this.#deliveries = [];
  }

  /** An organization has subscribed that had not. */
  concernsMore(): void {
    this.#calls.concernsMore();
  }

  async take(step: LoggedStep): Promise<void> {
    for (const note of await this.#calls.next(step)) this.#tell(note);
  }

  async settle(position: number): Promise<void> {
    const deliveries = this.#deliveries;
    if (deliveries.length === 0 && position - this.#stored < storeCursorEvery) return;
    await this.#options.store.enqueue(deliveries, position);
    this.#stored = position;
    this.#deliveries = [];
    if (deliveries.length > 0) this.#options.onEnqueued(countsOf(deliveries));
  }

  #follow(): FollowedCalls<WebhookNote> {
    const { log, eventsOf, concerned, dialect } = this.#options;
    return new FollowedCalls({ log, eventsOf, concerned, projection: dialect.projection() });
  }

  #tell({ number, at, note }: NumberedNote<WebhookNote>): void {
    const { wanted, laneOf } = this.#options;
    const { extensionId, type, orderKey } = note;
    for (const subscription of wanted(extensionId, type)) {
      if (number.step <= subscription.since) continue;
      const { id: subscriptionId } = subscription;
      const fields = note.fieldsFor(subscription);
      this.#deliveries.push({ lane: laneOf(subscription), subscriptionId, orderKey, at, type, fields, number });
    }
  }
}

function countsOf(deliveries: readonly WebhookDelivery[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { lane } of deliveries) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return counts;
}
