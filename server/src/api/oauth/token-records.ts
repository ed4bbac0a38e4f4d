/**
 * A token given out, without the token: who has a copy of the store can use none of them. Times are ms since the epoch.
 */
export interface StoredToken {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  /** `spent`: a code or refresh token that was exchanged, remembered in case that it comes again. */
  readonly kind: 'access' | 'refresh' | 'code' | 'spent';
  /** All that came from one consent or one request, through every refresh: revoked together. */
  readonly family: string;
  readonly appKey: string;
  /** Mark of the secret that the app had then: with another secret the token is good for nothing. */
  readonly secretMark: string;
  readonly organizationId: number;
  readonly userId: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Of a code: where it was sent. */
  readonly redirectUri: string | null;
  /** Of a code: the S256 challenge it was asked for with (RFC 7636); null: without. */
  readonly codeChallenge: string | null;
  /** Who asked for it. */
  readonly userAgent: string;
}

/** Where OAuth tokens are kept between starts. Every change is durable when resolved. */
export interface TokenStore {
  /** All or none of them; replaces one with the same hash. */
  save(tokens: readonly StoredToken[]): Promise<void>;
  /** All or nothing: the token with that hash goes (an unknown one is none), and these are saved. */
  replace(hash: string, tokens: readonly StoredToken[]): Promise<void>;
  /** Those that have not expired at `now`, oldest first. */
  load(now: number): Promise<StoredToken[]>;
  /** The one, or all of that kind; when it rejects, some of them may be gone. */
  remove(
    which:
      | { readonly hash: string }
      | { readonly appKey: string }
      | { readonly family: string }
      | { readonly organizationId: number; readonly userIds: readonly number[] },
  ): Promise<void>;
  /** Drops what has expired at `now`, part by part: other changes do not wait for the whole. */
  prune(now: number): Promise<void>;
}
