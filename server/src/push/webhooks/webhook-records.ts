/**
 * What is kept for webhooks: who wants to be told what about which extension, and what is still to be told.
 * `push/webhooks/` makes and sends them, `store/` keeps them; both see them as written here.
 */
export interface WebhookSubscription {
  /** 20 hex digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly extensionId: string;
  /**
   * The app that asked for it: it says how fields are written, and its secret signs. Null: from before that was kept.
   */
  readonly appKey: string | null;
  /** Which kind of event: the numbers of the interface that made it, see push/webhooks/webhook-dialect.ts. */
  readonly type: number;
  readonly url: string;
  /** Fields in the query of a GET, or in the form of a POST. */
  readonly method: 'get' | 'post';
  /** Off: kept, but nothing is told. */
  readonly enabled: boolean;
  readonly note: string;
  /** Position in the log: what was committed up to there is not told. */
  readonly since: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** One event for one subscription. */
export interface WebhookDelivery {
  /** Who it goes to: deliveries of one lane are read together, and a lane that is stuck holds up no other. */
  readonly lane: string;
  readonly subscriptionId: string;
  /** Deliveries of one lane with the same key are told one after the other. */
  readonly orderKey: string;
  /** When it happened, ms since the epoch. */
  readonly at: number;
  /** Which kind of event it is, by number. Null: as the subscription says. */
  readonly type: number | null;
  /** Name=value pairs, URL-encoded: a query or a form. */
  readonly fields: string;
  /**
   * Which of all that is told it is: the step that it tells of, by its place in the log, and its place in that. Null:
   * from before that was kept.
   */
  readonly number: { readonly step: number; readonly place: number } | null;
}

/** A delivery as it waits: `position` grows with each that comes to wait. */
export interface WaitingDelivery extends WebhookDelivery {
  readonly position: number;
}

/** One secret that webhooks of an app are signed with; during a change there are several. */
export interface StoredWebhookSecret {
  /** `whsec_…` (Standard Webhooks). */
  readonly secret: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** From then on nothing is signed with it; null: it is the one in use. */
  readonly expiresAt: number | null;
}

/** Where subscriptions and waiting deliveries are kept. Everything is durable when resolved. */
export interface WebhookStore {
  /** All of them, oldest first. */
  subscriptions(): Promise<WebhookSubscription[]>;
  /** Adds it, or replaces the one with the same id. */
  saveSubscription(subscription: WebhookSubscription): Promise<void>;
  /**
   * With what waits for it, which goes first, part by part: when it rejects, some of that may be gone. Unknown ids do
   * nothing.
   */
  removeSubscriptions(ids: readonly string[]): Promise<void>;
  /** Up to where the log has been turned into deliveries; null: never yet. */
  cursor(): Promise<number | null>;
  /**
   * All or nothing: these deliveries wait, and the log is done up to `cursor`. Those of a removed subscription are
   * dropped.
   */
  enqueue(deliveries: readonly WebhookDelivery[], cursor: number): Promise<void>;
  /** Those in which something waits. */
  lanes(): Promise<string[]>;
  /** What waits in one lane behind `after`, in order. */
  waiting(query: { lane: string; after: number; limit: number }): Promise<WaitingDelivery[]>;
  /** How many wait, over all. */
  waitingCount(): Promise<number>;
  /**
   * Leaves the newest `keep` of a lane. Gives the last position that is gone; null when there were no more than that.
   */
  dropOldest(query: { lane: string; keep: number }): Promise<number | null>;
  /** By the key of the app, newest first. */
  secrets(): Promise<ReadonlyMap<string, readonly StoredWebhookSecret[]>>;
  /** All or nothing: the app has these secrets and no others. */
  replaceSecrets(appKey: string, secrets: readonly StoredWebhookSecret[]): Promise<void>;
  /** Delivered or given up. Unknown positions do nothing. */
  finish(positions: readonly number[]): Promise<void>;
}
