import type { Clock } from '../../base/clock.ts';
import { ipVersion } from '../../base/ip-address.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import type { CallStore } from '../../call/ports.ts';
import { Follower } from '../follower.ts';
import { Deliveries, type DeliveryLimits } from './deliveries.ts';
import { laneOf } from './lanes.ts';
import { isPublicAddress } from './public-address.ts';
import { publicFetch } from './public-fetch.ts';
import { SigningSecrets } from './signing-secrets.ts';
import { Subscriptions } from './subscriptions.ts';
import { WebhookConsumer } from './webhook-consumer.ts';
import type { WebhookDialect } from './webhook-dialect.ts';
import type { WebhookStore } from './webhook-records.ts';

export interface WebhookLimits extends DeliveryLimits {
  readonly subscriptionsPerExtension: number;
  /** How long a secret that was replaced signs along. */
  readonly secretOverlapMs: number;
}

export const usualWebhookLimits: WebhookLimits = {
  timeoutMs: 5000,
  redirects: 3,
  backOffMs: 1000,
  mostBackOffMs: 60_000,
  giveUpAfterMs: 24 * 3_600_000,
  concurrent: 64,
  concurrentPerLane: 8,
  mostWaitingPerLane: 100_000,
  subscriptionsPerExtension: 100,
  secretOverlapMs: 86_400_000,
};

export interface WebhooksOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly store: WebhookStore;
  readonly calls: Pick<CallStore, 'feed' | 'lastPosition' | 'eventsOf'>;
  readonly dialect: WebhookDialect;
  /** Whose an app is, and what the configuration gives it to sign with; null: there is no such app. */
  readonly appOf?: (
    appKey: string,
  ) => { readonly organizationId: string; readonly webhookSecret: Secret | null } | null;
  readonly fetch?: typeof fetch;
  /** Whether webhooks may be sent into the own network. */
  readonly allowPrivate?: boolean;
  readonly limits?: Partial<WebhookLimits>;
}

/**
 * Tells applications over HTTP what happens in calls. The event log is the only source: what it holds is turned into
 * deliveries that are kept until their receiver has taken them (at least once, in order per call), through restarts of
 * either side. Without a subscription nothing is read at all.
 */
export class Webhooks {
  readonly subscriptions: Subscriptions;
  readonly secrets: SigningSecrets;
  readonly #options: WebhooksOptions;
  readonly #consumer: WebhookConsumer;
  readonly #follower: Follower;
  readonly #deliveries: Deliveries;
  /** Where the log stood when somebody subscribed and nobody had before. */
  #beginning = 0;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { clock, random, store, calls, dialect, appOf = () => null, allowPrivate = true } = options;
    const log = options.log.child({ part: 'webhooks' });
    const limits = { ...usualWebhookLimits, ...options.limits };
    this.secrets = new SigningSecrets({
      clock,
      random,
      store,
      given: (appKey) => appOf(appKey)?.webhookSecret?.reveal() ?? null,
      overlapMs: limits.secretOverlapMs,
    });
    this.subscriptions = new Subscriptions({
      clock,
      random,
      store,
      mostPerExtension: limits.subscriptionsPerExtension,
      mostType: dialect.mostType,
      lastPosition: () => calls.lastPosition(),
      onApp: (appKey) => this.secrets.ensure(appKey),
      mayReach: (host) => allowPrivate || (host !== 'localhost' && (ipVersion(host) === 0 || isPublicAddress(host))),
      onFirst: (since) => this.#markBeginning(since),
      onChange: (wider) => this.#changed(wider),
    });
    this.#deliveries = new Deliveries({
      clock,
      log,
      random,
      store,
      fetch: options.fetch ?? (allowPrivate ? fetch : publicFetch()),
      limits,
      nameOfType: (type) => dialect.nameOfType(type),
      subscription: (id) => this.subscriptions.get(id),
      secretsOf: (appKey, organizationId) => {
        // One that is gone is still signed for; one of the same key elsewhere is another app.
        const isOther = (appOf(appKey)?.organizationId ?? organizationId) !== organizationId;
        return isOther ? [] : this.secrets.of(appKey).map(({ secret }) => secret);
      },
    });
    this.#consumer = new WebhookConsumer({
      log,
      store,
      eventsOf: (...query) => calls.eventsOf(...query),
      dialect,
      wanted: (extensionId, type) => this.subscriptions.wanted(extensionId, type),
      concerned: (organizationId) => this.subscriptions.concerned(organizationId),
      laneOf,
      onEnqueued: (lanes) => {
        for (const [lane, count] of lanes) this.#deliveries.notify(lane, count);
      },
    });
    this.#follower = new Follower({ clock, log, feed: (query) => calls.feed(query), consumer: this.#consumer });
  }

  /**
   * Goes on where it was: with what waits, and with what was committed and not yet read. `isThere`: which extensions
   * there still are.
   */
  async start(isThere: (extensionId: string) => boolean = () => true): Promise<void> {
    await this.secrets.load();
    await this.subscriptions.load(isThere);
    await this.#deliveries.start();
    if (!this.subscriptions.active) return;
    const [cursor, last] = await Promise.all([this.#options.store.cursor(), this.#options.calls.lastPosition()]);
    this.#begin(Math.min(cursor ?? last, last));
  }

  /** What waits to be told, and the last that was; see Deliveries. */
  get deliveries(): Pick<Deliveries, 'waiting' | 'waitingCount' | 'done' | 'retry'> {
    return this.#deliveries;
  }

  /** A type of event, as a header says it. */
  nameOfType(type: number): string {
    return this.#options.dialect.nameOfType(type);
  }

  /** An event has been committed. */
  nudge(): void {
    this.#follower.nudge();
  }

  counters() {
    return {
      subscriptions: this.subscriptions.size,
      /** Position in the log up to which everything is turned into deliveries; null: nobody subscribes. */
      cursor: this.#follower.cursor,
      ...this.#deliveries.counters(),
    };
  }

  /** Ends at once; what is under way is told after the next start. */
  async close(): Promise<void> {
    await this.#follower.close();
    await this.#deliveries.close();
  }

  /** From here on, and durably so before anybody is told that he is subscribed. */
  async #markBeginning(since: number): Promise<void> {
    this.#beginning = since;
    await this.#options.store.enqueue([], since);
  }

  #begin(position: number): void {
    this.#consumer.reset(position);
    this.#follower.begin(position);
  }

  async #changed(wider: boolean): Promise<void> {
    if (wider) this.#consumer.concernsMore();
    if (!this.subscriptions.active) {
      await this.#follower.rest();
      this.#consumer.forget();
    } else if (this.#follower.cursor === null) this.#begin(this.#beginning);
  }
}
