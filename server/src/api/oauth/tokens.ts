import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { StoredToken, TokenStore } from './token-store.ts';

/** How long what is handed out is good for, ms. */
export const lifetimes = { access: 3_600_000, refresh: 14 * 86_400_000, code: 600_000 } as const;

/** An expired access token is still known for this long, so that its owner is told that it expired. */
const rememberedMs = 86_400_000;
const pruneEveryMs = 600_000;
/** Live tokens of one kind per app; the oldest make room. */
const mostPerApp = 1000;
const longestToken = 256;

/** Who a token speaks for. */
export interface Grantee {
  readonly appKey: string;
  readonly organizationId: number;
  readonly userId: number;
  readonly userAgent: string;
}

/** A token and, only now, its text. */
export interface Issued {
  readonly text: string;
  readonly token: StoredToken;
}

/** Everything handed out, by hash, in memory, and kept in the store. Looking one up costs one SHA-256 and no I/O. */
export class Tokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #store: TokenStore;
  readonly #byHash = new Map<string, StoredToken>();
  /** Codes that were used, until they would have expired: using one twice revokes what came of it. */
  readonly #used = new Map<string, { readonly family: string; readonly until: number }>();
  #timer: Timer | null = null;

  constructor(options: { clock: Clock; random: Random; log: Log; store: TokenStore }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#store = options.store;
  }

  /** Reads what earlier starts handed out. */
  async start(): Promise<void> {
    for (const token of await this.#store.load(this.#clock.now())) this.#byHash.set(token.hash, token);
    this.#prunesLater();
  }

  newFamily(): string {
    return newId(this.#random);
  }

  /** A new text of 43 characters out of `A-Z a-z 0-9 - _`; nothing is kept yet. */
  make(kind: StoredToken['kind'], family: string, who: Grantee, redirectUri: string | null = null): Issued {
    const text = this.#random.bytes(32).toString('base64url');
    const now = this.#clock.now();
    const { appKey, organizationId, userId, userAgent } = who;
    const facts = { appKey, organizationId, userId, userAgent: userAgent.slice(0, 200) };
    const times = { issuedAt: now, expiresAt: now + lifetimes[kind] };
    return { text, token: { hash: hashOf(text), kind, family, ...facts, ...times, redirectUri } };
  }

  /** Durable when resolved. */
  async keep(issued: readonly Issued[]): Promise<void> {
    await this.#store.save(issued.map(({ token }) => token));
    for (const { token } of issued) {
      this.#byHash.set(token.hash, token);
      await this.#makeRoom(token);
    }
  }

  /** Also when it has expired. */
  find(kind: StoredToken['kind'], text: string): StoredToken | null {
    if (text.length > longestToken) return null;
    const token = this.#byHash.get(hashOf(text));
    return token?.kind === kind ? token : null;
  }

  isExpired(token: StoredToken): boolean {
    return token.expiresAt <= this.#clock.now();
  }

  /** Takes a code or refresh token out of use: true for exactly one of several who present it. */
  async use(token: StoredToken): Promise<boolean> {
    if (!this.#byHash.delete(token.hash)) return false;
    this.#used.set(token.hash, { family: token.family, until: token.expiresAt });
    await this.#store.remove({ hash: token.hash });
    return true;
  }

  /** Of a code or refresh token that was used before: the family that came of it. */
  usedBefore(text: string): string | null {
    if (text.length > longestToken) return null;
    return this.#used.get(hashOf(text))?.family ?? null;
  }

  async revokeFamily(family: string): Promise<void> {
    this.#forget((token) => token.family === family);
    await this.#store.remove({ family });
  }

  async revokeApp(appKey: string): Promise<void> {
    this.#forget((token) => token.appKey === appKey);
    await this.#store.remove({ appKey });
  }

  /** What is live for an app, without the texts, which nobody knows. */
  ofApp(appKey: string): StoredToken[] {
    return [...this.#byHash.values()].filter((token) => token.appKey === appKey && !this.isExpired(token));
  }

  close(): void {
    this.#timer?.cancel();
  }

  async #makeRoom({ appKey, kind }: StoredToken): Promise<void> {
    const oldest: StoredToken[] = [];
    let count = 0;
    for (const token of this.#byHash.values()) {
      if (token.appKey !== appKey || token.kind !== kind) continue;
      count++;
      if (oldest.length === 0) oldest.push(token);
    }
    // The map keeps the order of issue.
    for (const token of count > mostPerApp ? oldest : []) {
      this.#byHash.delete(token.hash);
      await this.#store.remove({ hash: token.hash });
    }
  }

  #forget(which: (token: StoredToken) => boolean): void {
    for (const [hash, token] of this.#byHash) if (which(token)) this.#byHash.delete(hash);
  }

  #prunesLater(): void {
    this.#timer = this.#clock.setTimer(pruneEveryMs, () => {
      const now = this.#clock.now();
      this.#forget((token) => token.expiresAt + (token.kind === 'access' ? rememberedMs : 0) <= now);
      for (const [hash, { until }] of this.#used) if (until <= now) this.#used.delete(hash);
      this.#store.prune(now - rememberedMs).catch((error) => this.#log.warn({ err: error }, 'tokens were not pruned'));
      this.#prunesLater();
    });
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
