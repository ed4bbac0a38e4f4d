/** Something that was handed out: an access token, a refresh token or an authorization code. Kept as a hash only. */
export interface StoredToken {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly kind: 'access' | 'refresh' | 'code';
  /** All that came of one grant: revoked together. */
  readonly family: string;
  readonly appKey: string;
  readonly organizationId: number;
  readonly userId: number;
  /** ms since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Of a code: where it was sent. */
  readonly redirectUri: string | null;
  /** Who asked for it. */
  readonly userAgent: string;
}

/** Where tokens are kept between starts. */
export interface TokenStore {
  /** Durable when resolved. */
  save(tokens: readonly StoredToken[]): Promise<void>;
  load(now: number): Promise<StoredToken[]>;
  remove(which: { readonly hash: string } | { readonly appKey: string } | { readonly family: string }): Promise<void>;
  prune(now: number): Promise<void>;
}
