import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { WebhookStore, WebhookSubscription } from '../base/webhook-records.ts';
import type { CallEvent } from '../call/events.ts';
import type { CallStore } from '../call/ports.ts';

/** The log of all events of all calls in the order in which they were committed. */
export interface EventFeed extends Pick<CallStore, 'eventsOf'> {
  feed(query: { after: number; limit: number }): Promise<{ position: number; event: CallEvent }[]>;
  lastPosition(): Promise<number>;
}

export interface WebhooksOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly store: WebhookStore;
  readonly calls: EventFeed;
  /** What stands before the `*` of an extended number: the prefix of the organization. */
  readonly prefixOf: (organizationId: string) => string | null;
  readonly fetch?: typeof fetch;
  readonly limits?: Partial<WebhookLimits>;
}

export interface WebhookLimits {
  /** One attempt, ms. */
  readonly timeoutMs: number;
  /** Wait after the first failure, doubling up to `mostBackOffMs`. */
  readonly backOffMs: number;
  readonly mostBackOffMs: number;
  /** How old an event may get before it is given up, ms. */
  readonly giveUpAfterMs: number;
  readonly redirects: number;
  /** Requests under way at once: in all, and to one subscription. */
  readonly concurrent: number;
  readonly concurrentPerSubscription: number;
  readonly subscriptionsPerExtension: number;
}

/** Whose subscriptions: one extension's. */
export interface WebhookScope {
  readonly organizationId: string;
  readonly extensionId: string;
}

export type SubscriptionSettings = Pick<WebhookSubscription, 'type' | 'url' | 'method' | 'enabled' | 'note'>;

/** Subscriptions of one extension; those of others do not exist here. */
export interface Subscriptions {
  list(scope: WebhookScope, filter?: { readonly type?: number; readonly id?: string }): WebhookSubscription[];
  /** AppError invalidArgument (url), limitExceeded (too many). */
  create(scope: WebhookScope, settings: SubscriptionSettings): Promise<WebhookSubscription>;
  /** Null when there is none. */
  update(scope: WebhookScope, id: string, change: Partial<SubscriptionSettings>): Promise<WebhookSubscription | null>;
  /** Those that were there. */
  remove(
    scope: WebhookScope,
    filter?: { readonly type?: number; readonly id?: string },
  ): Promise<WebhookSubscription[]>;
}
