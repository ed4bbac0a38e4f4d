import type {
  StoredWebhookSecret,
  WaitingDelivery,
  WebhookDelivery,
  WebhookStore,
  WebhookSubscription,
} from '../webhook-records.ts';

/**
 * Keeps what a webhook store keeps for as long as it lives: outlives the webhooks that use it, as a data folder does.
 * For tests.
 */
export class MemoryWebhookStore implements WebhookStore {
  readonly #subscriptions = new Map<string, WebhookSubscription>();
  #waiting: WaitingDelivery[] = [];
  #cursor: number | null = null;
  #position = 0;
  /** Rejecting makes the change fail. */
  beforeChange: () => Promise<void> = async () => {};
  changes = 0;

  async subscriptions(): Promise<WebhookSubscription[]> {
    return [...this.#subscriptions.values()];
  }

  async saveSubscription(subscription: WebhookSubscription): Promise<void> {
    await this.#change();
    this.#subscriptions.set(subscription.id, subscription);
  }

  async removeSubscriptions(ids: readonly string[]): Promise<void> {
    await this.#change();
    for (const id of ids) this.#subscriptions.delete(id);
    this.#waiting = this.#waiting.filter(({ subscriptionId }) => this.#subscriptions.has(subscriptionId));
  }

  readonly #secrets = new Map<string, readonly StoredWebhookSecret[]>();

  async secrets(): Promise<ReadonlyMap<string, readonly StoredWebhookSecret[]>> {
    return this.#secrets;
  }

  async replaceSecrets(appKey: string, secrets: readonly StoredWebhookSecret[]): Promise<void> {
    await this.#change();
    this.#secrets.set(appKey, secrets);
  }

  async cursor(): Promise<number | null> {
    return this.#cursor;
  }

  async enqueue(deliveries: readonly WebhookDelivery[], cursor: number): Promise<void> {
    await this.#change();
    for (const delivery of deliveries) {
      if (!this.#subscriptions.has(delivery.subscriptionId)) continue;
      this.#waiting.push({ ...delivery, position: ++this.#position });
    }
    this.#cursor = cursor;
  }

  async lanes(): Promise<string[]> {
    return [...new Set(this.#waiting.map(({ lane }) => lane))];
  }

  async waiting(query: { lane: string; after: number; limit: number }): Promise<WaitingDelivery[]> {
    const found = this.#waiting.filter(({ lane, position }) => lane === query.lane && position > query.after);
    return found.slice(0, query.limit);
  }

  async waitingCount(): Promise<number> {
    return this.#waiting.length;
  }

  async dropOldest({ lane, keep }: { lane: string; keep: number }): Promise<number | null> {
    const position = this.#waiting.filter((one) => one.lane === lane).at(-1 - keep)?.position;
    if (position === undefined) return null;
    await this.#change();
    this.#waiting = this.#waiting.filter((one) => one.lane !== lane || one.position > position);
    return position;
  }

  async finish(positions: readonly number[]): Promise<void> {
    await this.#change();
    const done = new Set(positions);
    this.#waiting = this.#waiting.filter(({ position }) => !done.has(position));
  }

  async #change(): Promise<void> {
    await this.beforeChange();
    this.changes++;
  }
}
