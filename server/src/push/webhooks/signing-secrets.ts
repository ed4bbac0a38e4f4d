import { createHmac } from 'node:crypto';
import { AppError } from '../../base/app-error.ts';
import { type Clock, steadyClock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { StoredWebhookSecret, WebhookStore } from './webhook-records.ts';

export interface SigningSecretsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Pick<WebhookStore, 'secrets' | 'replaceSecrets'>;
  /** What the configuration gives an app to sign with; null: nothing, so one is made here. */
  readonly given: (appKey: string) => string | null;
  /** How long a secret that was replaced signs along, ms. */
  readonly overlapMs: number;
}

/** That sign at once: every one of them makes each delivery longer. */
const mostAtOnce = 5;

/**
 * The secrets of every app, in memory and in the store. A new one and the one before it sign side by side for a time.
 */
export class SigningSecrets {
  readonly #options: SigningSecretsOptions;
  /** Setting the machine's clock ends none, and prolongs none. */
  readonly #clock: Clock;
  readonly #byApp = new Map<string, readonly StoredWebhookSecret[]>();
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: SigningSecretsOptions) {
    this.#options = options;
    this.#clock = steadyClock(options.clock);
  }

  /** Reads those of earlier starts. */
  async load(): Promise<void> {
    for (const [appKey, secrets] of await this.#options.store.secrets()) this.#byApp.set(appKey, secrets);
    for (const appKey of [...this.#byApp.keys()]) await this.follow(appKey);
  }

  /** Where the configuration gives another one now, that is in use from here on; who signs nothing yet goes on so. */
  async follow(appKey: string): Promise<void> {
    if (this.#byApp.has(appKey)) await this.ensure(appKey);
  }

  /** From now on something can be signed for this app. */
  async ensure(appKey: string): Promise<void> {
    await this.#change(async () => {
      const given = this.#options.given(appKey);
      const current = this.of(appKey).find(({ expiresAt }) => expiresAt === null);
      if (current !== undefined && (given === null || given === current.secret)) return;
      await this.#replace(appKey, given ?? this.#make());
    });
  }

  /** The app is a new one: what one of the same key before it signed with, in whatever organization, is not for it. */
  async beginAnew(appKey: string): Promise<void> {
    await this.#change(async () => {
      if (!this.#byApp.has(appKey)) return;
      const secret = this.#options.given(appKey) ?? this.#make();
      await this.#store(appKey, [{ secret, createdAt: this.#clock.now(), expiresAt: null }]);
    });
  }

  /** That sign now, the one in use first. */
  of(appKey: string): readonly StoredWebhookSecret[] {
    const now = this.#clock.now();
    return (this.#byApp.get(appKey) ?? []).filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  }

  /** Puts a new one to use. Throws AppError conflict where the configuration gives it: then it is changed there. */
  rotate(appKey: string): Promise<void> {
    return this.#change(async () => {
      if (this.#options.given(appKey) !== null) {
        throw new AppError(
          'conflict',
          'The configuration gives this secret (webhooks.secret of the app): change it there.',
        );
      }
      await this.#replace(appKey, this.#make());
    });
  }

  async #replace(appKey: string, secret: string): Promise<void> {
    const { overlapMs } = this.#options;
    const now = this.#clock.now();
    const before = this.of(appKey)
      .filter((one) => one.secret !== secret)
      .map((one) => (one.expiresAt === null ? { ...one, expiresAt: now + overlapMs } : one));
    await this.#store(appKey, [{ secret, createdAt: now, expiresAt: null }, ...before].slice(0, mostAtOnce));
  }

  async #store(appKey: string, secrets: readonly StoredWebhookSecret[]): Promise<void> {
    await this.#options.store.replaceSecrets(appKey, secrets);
    this.#byApp.set(appKey, secrets);
  }

  #make(): string {
    return `whsec_${Buffer.from(this.#options.random.bytes(32)).toString('base64')}`;
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => {});
    return done;
  }
}

/**
 * The headers of Standard Webhooks: who receives it knows by them that it comes from here, whole, and when. `content`
 * is the body, or, of a GET, which has none, the query as it is sent. `id` has no dot in it. One signature for each
 * secret.
 */
export function signatureHeaders(
  content: string,
  { id, at, secrets }: { readonly id: string; readonly at: number; readonly secrets: readonly string[] },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const head = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secrets.length === 0) return head;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${content}`).digest('base64')}`;
  });
  return { ...head, 'webhook-signature': signatures.join(' ') };
}
