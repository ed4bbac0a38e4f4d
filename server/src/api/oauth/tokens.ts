import { hash } from 'node:crypto';
import type { Clock, Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { TokenIndex } from './token-index.ts';
import type { StoredToken, TokenStore } from './token-records.ts';

/** How long what is handed out is good for, ms. */
export const lifetimes = {
  access: 3_600_000,
  refresh: 14 * 86_400_000,
  code: 600_000,
  spent: 14 * 86_400_000,
} as const;

/** An expired access token is still known for this long, so that its owner is told that it expired. */
const rememberedMs = 86_400_000;
const pruneEveryMs = 600_000;
/**
 * Tokens of one kind that one user has through one app; the oldest make room, so a live one only for 1000 younger ones.
 */
const mostPerHolder = 1000;
const longestToken = 256;
/** Whose tokens the store looks for together. */
const usersAtATime = 500;

/** Who a token speaks for. */
export interface Grantee {
  readonly appKey: string;
  readonly secretMark: string;
  readonly organizationId: number;
  readonly userId: number;
  readonly userAgent: string;
}

/** What a code is bound to. */
export type OfCode = Pick<StoredToken, 'redirectUri' | 'codeChallenge'>;

/** A token and, only now, its text. */
export interface Issued {
  readonly text: string;
  readonly token: StoredToken;
}

/** Everything handed out, in memory, and kept in the store. Looking one up costs one SHA-256 and no I/O. */
export class Tokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #store: TokenStore;
  readonly #index = new TokenIndex();
  /** Codes and refresh tokens that are being exchanged, by hash: resolves when that is decided. */
  readonly #claims = new Map<string, PromiseWithResolvers<void>>();
  /** Families that were revoked and are still in the store, as it took nothing: the next start would find them good. */
  readonly #left = new Set<string>();
  #timer: Timer | null = null;

  constructor(options: { clock: Clock; random: Random; log: Log; store: TokenStore }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#store = options.store;
  }

  /**
   * Reads what earlier starts handed out. What is not of its app any more is gone for good, also when an old secret
   * comes back.
   */
  async start(isOfApp: (token: StoredToken) => boolean = () => true): Promise<void> {
    const loaded = await this.#store.load(this.#clock.now());
    const kept = loaded.filter(isOfApp);
    const known = new Set(kept);
    const gone = loaded.filter((token) => !known.has(token));
    for (const appKey of new Set(gone.map((token) => token.appKey))) {
      await this.#store.remove({ appKey });
      await this.#store.save(kept.filter((token) => token.appKey === appKey));
    }
    if (gone.length > 0)
      this.#log.warn({ tokens: gone.length }, 'tokens of apps that were given another secret were removed');
    for (const token of kept) if (token.kind !== 'spent') this.#index.add(token);
    for (const token of kept) if (token.kind === 'spent') this.#index.spend(token);
    this.#prunesLater();
  }

  newFamily(): string {
    return newId(this.#random);
  }

  /** A new text of 43 characters out of `A-Z a-z 0-9 - _`; nothing is kept yet. */
  make(kind: 'access' | 'refresh' | 'code', family: string, who: Grantee, ofCode: Partial<OfCode> = {}): Issued {
    const text = this.#random.bytes(32).toString('base64url');
    const now = this.#clock.now();
    const { appKey, secretMark, organizationId, userId, userAgent } = who;
    const facts = { appKey, secretMark, organizationId, userId, userAgent: userAgent.slice(0, 200) };
    const times = { issuedAt: now, expiresAt: now + lifetimes[kind] };
    const bound = { redirectUri: null, codeChallenge: null, ...ofCode };
    return { text, token: { hash: hashOf(text), kind, family, ...facts, ...times, ...bound } };
  }

  /** Durable when resolved. */
  async keep(issued: readonly Issued[]): Promise<void> {
    await this.#store.save(issued.map(({ token }) => token));
    this.#add(issued);
  }

  /** Also when it has expired. */
  find(kind: StoredToken['kind'], text: string): StoredToken | null {
    if (text.length > longestToken) return null;
    const token = this.#index.get(hashOf(text));
    return token?.kind === kind ? token : null;
  }

  isExpired(token: StoredToken): boolean {
    return token.expiresAt <= this.#clock.now();
  }

  /**
   * A live code or refresh token that somebody wants to exchange. One that was exchanged before is in the hands of a
   * second party: all that came of it is revoked (RFC 9700 §4.14.2).
   */
  async present(kind: 'code' | 'refresh', text: string): Promise<StoredToken | null> {
    if (text.length > longestToken) return null;
    const hash = hashOf(text);
    for (let claim = this.#claims.get(hash); claim !== undefined; claim = this.#claims.get(hash)) await claim.promise;
    const family = this.#index.familyOfUsed(hash);
    if (family !== null) await this.revokeFamily(family);
    const token = this.find(kind, text);
    return token === null || this.isExpired(token) ? null : token;
  }

  /**
   * Takes a code or refresh token for an exchange: true for exactly one at a time, who must `exchange`, `spend` or
   * `release` it.
   */
  claim(token: StoredToken): boolean {
    if (this.#claims.has(token.hash) || this.#index.get(token.hash) === null) return false;
    this.#claims.set(token.hash, Promise.withResolvers());
    return true;
  }

  /** It may be presented again. */
  release({ hash }: StoredToken): void {
    this.#claims.get(hash)?.resolve();
    this.#claims.delete(hash);
  }

  /**
   * A claimed token for new ones: all durable when resolved; when it rejects nothing has changed, and the old one is as
   * good as before. False when the old one was revoked meanwhile.
   */
  async exchange(old: StoredToken, issued: readonly Issued[]): Promise<boolean> {
    try {
      // It stays as spent: whoever presents it again, also after a restart, gives away that it is in two hands.
      await this.#store.replace(old.hash, [...issued.map(({ token }) => token), this.#spent(old)]);
      if (this.#index.get(old.hash) === null) {
        await this.revokeFamily(old.family);
        return false;
      }
      this.#add(issued);
      const forgotten = this.#index.spend(old);
      if (forgotten !== null) this.#removeInPassing(forgotten);
      return true;
    } finally {
      this.release(old);
    }
  }

  /** Takes a claimed token out of use for nothing. */
  async spend(token: StoredToken): Promise<void> {
    try {
      await this.#store.remove({ hash: token.hash });
      this.#index.spend(token);
    } finally {
      this.release(token);
    }
  }

  /** In force at once; durable when resolved. When it rejects, `finishRevoking` has to be called. */
  async revokeFamily(family: string): Promise<void> {
    for (const token of this.#index.family(family)) this.#index.remove(token);
    this.#left.add(family);
    await this.#store.remove({ family });
    this.#left.delete(family);
  }

  /** Resolves when all that was revoked is so for good. */
  async finishRevoking(): Promise<void> {
    for (const family of [...this.#left]) await this.revokeFamily(family);
  }

  /** Those of one app that have not expired, newest first. Looks at all tokens. */
  ofApp(appKey: string): StoredToken[] {
    return [...this.#index].filter((token) => token.appKey === appKey && !this.isExpired(token)).reverse();
  }

  /** Durable when resolved; in force at once. */
  async revokeApp(appKey: string): Promise<void> {
    for (const token of [...this.#index]) if (token.appKey === appKey) this.#index.remove(token);
    await this.#store.remove({ appKey });
  }

  /** As `revokeApp`, of these users through whatever app; looks at all tokens once. */
  async revokeUsers(users: readonly { readonly organizationId: number; readonly userId: number }[]): Promise<void> {
    const gone = new Set(users.map(({ organizationId, userId }) => `${organizationId} ${userId}`));
    for (const token of [...this.#index])
      if (gone.has(`${token.organizationId} ${token.userId}`)) this.#index.remove(token);
    for (const [organizationId, all] of Map.groupBy(users, (user) => user.organizationId)) {
      const userIds = all.map(({ userId }) => userId);
      for (let at = 0; at < userIds.length; at += usersAtATime)
        await this.#store.remove({ organizationId, userIds: userIds.slice(at, at + usersAtATime) });
    }
  }

  /** How much is in memory. */
  get size(): { readonly tokens: number; readonly used: number } {
    return this.#index.size;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #add(issued: readonly Issued[]): void {
    for (const { token } of issued) {
      this.#index.add(token);
      for (const oldest of this.#index.surplus(token, mostPerHolder)) {
        this.#index.remove(oldest);
        this.#removeInPassing(oldest.hash);
      }
    }
  }

  #spent(token: StoredToken): StoredToken {
    const now = this.#clock.now();
    return { ...token, kind: 'spent', redirectUri: null, codeChallenge: null, expiresAt: now + lifetimes.spent };
  }

  #removeInPassing(hash: string): void {
    this.#store
      .remove({ hash })
      .catch((error) => this.#log.warn({ err: error }, 'a token that made room was not removed'));
  }

  #prunesLater(): void {
    this.#timer = this.#clock.setTimer(pruneEveryMs, () => {
      const now = this.#clock.now();
      for (const token of this.#index) {
        const rest = token.kind === 'access' ? rememberedMs : 0;
        if (token.expiresAt + rest <= now) this.#index.remove(token);
      }
      this.finishRevoking().catch((error) => this.#log.warn({ err: error }, 'revoked tokens were not removed'));
      this.#store.prune(now - rememberedMs).catch((error) => this.#log.warn({ err: error }, 'tokens were not pruned'));
      this.#prunesLater();
    });
  }
}

function hashOf(text: string): string {
  return hash('sha256', text, 'hex');
}
