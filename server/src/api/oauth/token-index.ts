import type { StoredToken } from './token-records.ts';

interface Family {
  readonly tokens: Set<StoredToken>;
  /** Hashes of codes and refresh tokens that were exchanged, oldest first. */
  readonly used: string[];
}

/**
 * Of one family, how many exchanged tokens are remembered: one per refresh, so the latest half day of hourly refreshes
 * and more.
 */
const mostUsed = 32;

/**
 * Tokens in memory, by what they are asked for: hash, holder (one kind of one app and user) and family. What was used
 * is remembered as long as something came of it that could be revoked.
 */
export class TokenIndex {
  readonly #byHash = new Map<string, StoredToken>();
  /** In order of issue, which within a kind is the order of expiry too. */
  readonly #byHolder = new Map<string, Set<StoredToken>>();
  readonly #families = new Map<string, Family>();
  readonly #used = new Map<string, string>();

  get(hash: string): StoredToken | null {
    return this.#byHash.get(hash) ?? null;
  }

  add(token: StoredToken): void {
    this.#byHash.set(token.hash, token);
    const holder = holderOf(token);
    const held = this.#byHolder.get(holder);
    if (held === undefined) this.#byHolder.set(holder, new Set([token]));
    else held.add(token);
    const family = this.#families.get(token.family);
    if (family === undefined) this.#families.set(token.family, { tokens: new Set([token]), used: [] });
    else family.tokens.add(token);
  }

  remove(token: StoredToken): void {
    if (!this.#byHash.delete(token.hash)) return;
    const holder = holderOf(token);
    const held = this.#byHolder.get(holder);
    held?.delete(token);
    if (held?.size === 0) this.#byHolder.delete(holder);
    const family = this.#families.get(token.family);
    family?.tokens.delete(token);
    if (family?.tokens.size !== 0) return;
    this.#families.delete(token.family);
    for (const hash of family.used) this.#used.delete(hash);
  }

  /** Removes it, and remembers that it was there. Gives the hash that is remembered no more instead, if any. */
  spend(token: StoredToken): string | null {
    this.remove(token);
    const family = this.#families.get(token.family);
    if (family === undefined) return token.hash;
    this.#used.set(token.hash, token.family);
    family.used.push(token.hash);
    const forgotten = family.used.length > mostUsed ? (family.used.shift() ?? null) : null;
    if (forgotten !== null) this.#used.delete(forgotten);
    return forgotten;
  }

  /** What came of a token that was spent; null when it was none, or nothing is left of it. */
  familyOfUsed(hash: string): string | null {
    return this.#used.get(hash) ?? null;
  }

  family(family: string): StoredToken[] {
    return [...(this.#families.get(family)?.tokens ?? [])];
  }

  /** The oldest of the holder of `token` that are above `most`; expired ones are the oldest. */
  surplus(token: StoredToken, most: number): StoredToken[] {
    const held = this.#byHolder.get(holderOf(token));
    return held === undefined || held.size <= most ? [] : [...held].slice(0, held.size - most);
  }

  /** How many tokens there are, and how many used ones are remembered. */
  get size(): { readonly tokens: number; readonly used: number } {
    return { tokens: this.#byHash.size, used: this.#used.size };
  }

  [Symbol.iterator](): Iterator<StoredToken> {
    return this.#byHash.values();
  }
}

function holderOf({ kind, organizationId, userId, appKey }: StoredToken): string {
  return `${kind} ${organizationId} ${userId} ${appKey}`;
}
