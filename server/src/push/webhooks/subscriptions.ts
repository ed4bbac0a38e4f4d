import { AppError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Random } from '../../base/random.ts';
import { isReachablePort } from './unreachable-ports.ts';
import type { WebhookStore, WebhookSubscription } from './webhook-records.ts';

/** Whose subscriptions: one extension's. */
export interface WebhookScope {
  readonly organizationId: string;
  readonly extensionId: string;
}

/** Who asks for a subscription, and how. */
export interface Asked {
  /** The app: its secret signs, and it says how fields are written. Null: none of them. */
  readonly appKey: string | null;
  /** 20 hex digits: for a request that may be repeated. */
  readonly chosenId: string | null;
}

export type SubscriptionSettings = Pick<WebhookSubscription, 'type' | 'url' | 'method' | 'enabled' | 'note'>;

/** Which of an extension's subscriptions; all of them without any. */
export interface SubscriptionFilter {
  readonly type?: number;
  readonly id?: string;
}

export interface SubscriptionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: WebhookStore;
  readonly mostPerExtension: number;
  /** Types of events are numbered from 0 to this. */
  readonly mostType: number;
  /** Of the event committed last. */
  readonly lastPosition: () => Promise<number>;
  /** Before the change that makes the first enabled subscription is stored: events behind `since` will be told. */
  readonly onFirst: (since: number) => Promise<void>;
  /** Before the first subscription of an app is stored: from then on it has something to sign with. */
  readonly onApp: (appKey: string) => Promise<void>;
  /** Whether the host of an address may be reached, as far as it is an address and no name. */
  readonly mayReach: (host: string) => boolean;
  /** After every change; `wider`: an organization is concerned that was not before. */
  readonly onChange: (wider: boolean) => Promise<void>;
}

const longestUrl = 2048;
const longestNote = 1000;

/**
 * Who wants to be told what. All of it is in memory too, so that no event waits for a question to the store; changes
 * are made one after the other and hold once they are stored.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** In order of creation. */
  readonly #all = new Map<string, WebhookSubscription>();
  /** Enabled ones, by extension and type. */
  readonly #wanted = new Map<string, WebhookSubscription[]>();
  /** Organizations that have an enabled one. */
  readonly #concerned = new Set<string>();
  /** Those that are gone and could not be removed from the store yet. */
  readonly #left = new Set<string>();
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** `isThere`: one of an extension that is gone is removed, as the last run may have ended before it did so. */
  async load(isThere: (extensionId: string) => boolean): Promise<void> {
    const { store } = this.#options;
    const gone: string[] = [];
    for (const one of await store.subscriptions()) {
      if (isThere(one.extensionId)) this.#all.set(one.id, one);
      else gone.push(one.id);
    }
    if (gone.length > 0) await store.removeSubscriptions(gone);
    this.#index();
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether any is enabled. */
  get active(): boolean {
    return this.#wanted.size > 0;
  }

  get(id: string): WebhookSubscription | null {
    return this.#all.get(id) ?? null;
  }

  /** Of all its extensions, oldest first. */
  ofOrganization(organizationId: string): WebhookSubscription[] {
    return [...this.#all.values()].filter((one) => one.organizationId === organizationId);
  }

  wanted(extensionId: string, type: number): readonly WebhookSubscription[] {
    return this.#wanted.get(wantedKey(extensionId, type)) ?? [];
  }

  concerned(organizationId: string): boolean {
    return this.#concerned.has(organizationId);
  }

  /** Of this extension alone, oldest first. */
  list(scope: WebhookScope, filter: SubscriptionFilter = {}): WebhookSubscription[] {
    return [...this.#all.values()].filter(
      (one) =>
        one.organizationId === scope.organizationId &&
        one.extensionId === scope.extensionId &&
        (filter.type === undefined || one.type === filter.type) &&
        (filter.id === undefined || one.id === filter.id),
    );
  }

  /**
   * Events from now on are told. One with the `chosenId` that is there already is
   * the answer, as asked for or as changed since. Throws AppError invalidArgument (see `checkWebhookUrl`),
   * limitExceeded, or conflict for an id of another extension or of other settings.
   */
  create(
    scope: WebhookScope,
    settings: SubscriptionSettings,
    { appKey, chosenId }: Asked = { appKey: null, chosenId: null },
  ): Promise<WebhookSubscription> {
    return this.#change(async () => {
      this.#checkSettings(settings);
      this.#checkHost(settings.url);
      if (chosenId !== null && this.#all.has(chosenId)) {
        const [known] = this.list(scope, { id: chosenId });
        if (known === undefined || !isAnswerTo(known, settings)) throw new AppError('conflict', 'The id is in use.');
        return known;
      }
      if (this.list(scope).length >= this.#options.mostPerExtension) {
        throw new AppError('limitExceeded', 'The extension has too many subscriptions.');
      }
      const { organizationId, extensionId } = scope;
      const { type, url, method, enabled, note } = settings;
      const now = this.#options.clock.now();
      const since = await this.#options.lastPosition();
      const id = chosenId ?? newId(this.#options.random);
      const made = {
        id,
        organizationId,
        extensionId,
        appKey,
        type,
        url,
        method,
        enabled,
        note,
        since,
        createdAt: now,
        modifiedAt: now,
      };
      if (appKey !== null) await this.#options.onApp(appKey);
      await this.#save(made);
      return made;
    });
  }

  /** Null when the extension has no such subscription. Throws as `create`. */
  update(
    scope: WebhookScope,
    filter: { readonly id: string; readonly type?: number },
    change: Partial<SubscriptionSettings>,
  ): Promise<WebhookSubscription | null> {
    return this.#change(async () => {
      const [known] = this.list(scope, filter);
      if (known === undefined) return null;
      const modifiedAt = this.#options.clock.now();
      this.#checkSettings({ ...known, ...change });
      // One from a time when it was allowed can still be switched off.
      if (change.url !== undefined) this.#checkHost(change.url);
      // What happened while it was off stays untold.
      const since = known.enabled ? known.since : await this.#options.lastPosition();
      const changed = { ...known, ...change, since, modifiedAt };
      await this.#save(changed);
      return changed;
    });
  }

  /** Gives those that were there; what waited for them is dropped. */
  remove(scope: WebhookScope, filter: SubscriptionFilter = {}): Promise<WebhookSubscription[]> {
    return this.#change(async () => {
      const gone = this.list(scope, filter);
      if (gone.length === 0) return gone;
      await this.#options.store.removeSubscriptions(gone.map(({ id }) => id));
      for (const { id } of gone) this.#all.delete(id);
      await this.#options.onChange(this.#index());
      return gone;
    });
  }

  /**
   * Of all these extensions, which are gone: nobody is told of them from now on, also where that cannot be stored, as
   * is tried with each later change.
   */
  removeAll(scopes: readonly WebhookScope[]): Promise<WebhookSubscription[]> {
    const named = new Set(scopes.map(scopeKey));
    return this.#change(async () => {
      const gone = [...this.#all.values()].filter((one) => named.has(scopeKey(one)));
      if (gone.length === 0) return gone;
      for (const { id } of gone) {
        this.#all.delete(id);
        this.#left.add(id);
      }
      this.#index();
      await this.#removeLeft();
      return gone;
    });
  }

  async #removeLeft(): Promise<void> {
    const ids = [...this.#left];
    if (ids.length === 0) return;
    await this.#options.store.removeSubscriptions(ids);
    for (const id of ids) this.#left.delete(id);
    // Not before: while the disk is full it would wait for what is being read.
    await this.#options.onChange(false);
  }

  #checkSettings({ type, url, note }: SubscriptionSettings): void {
    if (!Number.isInteger(type) || type < 0 || type > this.#options.mostType) {
      throw new AppError('invalidArgument', 'There is no such type of event.', { field: 'type' });
    }
    if (note.length > longestNote) {
      throw new AppError('invalidArgument', `The note is longer than ${longestNote} characters.`, { field: 'note' });
    }
    checkWebhookUrl(url);
  }

  #checkHost(url: string): void {
    const address = new URL(url);
    if (!isReachablePort(address)) {
      throw new AppError('invalidArgument', `Port ${address.port} belongs to another protocol; use another one.`, {
        field: 'url',
      });
    }
    const host = address.hostname.replace(/^\[|\]$/g, '');
    if (this.#options.mayReach(host)) return;
    throw new AppError('invalidArgument', 'The address is inside the own network, where no webhooks are sent.', {
      field: 'url',
    });
  }

  async #save(subscription: WebhookSubscription): Promise<void> {
    if (subscription.enabled && !this.active) await this.#options.onFirst(subscription.since);
    await this.#options.store.saveSubscription(subscription);
    this.#left.delete(subscription.id);
    this.#all.set(subscription.id, subscription);
    await this.#options.onChange(this.#index());
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(() => this.#removeLeft().catch(() => {})).then(change);
    this.#changing = done.catch(() => {});
    return done;
  }

  /** Gives whether an organization is concerned now that was not before. */
  #index(): boolean {
    const before = new Set(this.#concerned);
    this.#wanted.clear();
    this.#concerned.clear();
    for (const one of this.#all.values()) {
      if (!one.enabled) continue;
      const key = wantedKey(one.extensionId, one.type);
      const wanted = this.#wanted.get(key);
      if (wanted === undefined) this.#wanted.set(key, [one]);
      else wanted.push(one);
      this.#concerned.add(one.organizationId);
    }
    return [...this.#concerned].some((organizationId) => !before.has(organizationId));
  }
}

function wantedKey(extensionId: string, type: number): string {
  return `${type} ${extensionId}`;
}

function isAnswerTo(known: WebhookSubscription, { type, url, method, enabled, note }: SubscriptionSettings): boolean {
  if (known.modifiedAt !== known.createdAt) return true;
  const same = known.type === type && known.url === url && known.method === method;
  return same && known.enabled === enabled && known.note === note;
}

/**
 * An absolute http or https address of at most 2048 characters, a login in it allowed. Throws AppError invalidArgument.
 */
export function checkWebhookUrl(url: string): void {
  // Parsing passes over line ends and blanks, which would be shown and logged as they are.
  const parsed = url.length > longestUrl || /[^\x21-\uffff]/.test(url) ? null : URL.parse(url);
  if (parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.hostname !== '')
    return;
  throw new AppError('invalidArgument', 'The address must be an http or https URL of at most 2048 characters.', {
    field: 'url',
  });
}

function scopeKey({ organizationId, extensionId }: WebhookScope): string {
  return `${organizationId} ${extensionId}`;
}
