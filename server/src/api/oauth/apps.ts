import type { Secret } from '../../base/secret.ts';

/** An application that was registered for a user. */
export interface OAuthApp {
  readonly key: string;
  readonly organizationId: string;
  /** Whom it acts for without being asked. */
  readonly userId: number;
  /** May have tokens for its key and secret alone. */
  readonly trusted: boolean;
  readonly redirectUris: readonly string[];
  /** In a time that does not depend on the secret. */
  secretMatches(given: Secret): boolean;
}

export interface OAuthUser {
  readonly organizationId: string;
  readonly userId: number;
  readonly roles: readonly string[];
}

/** What OAuth asks of the directory. */
export interface OAuthDirectory {
  app(key: string): OAuthApp | null;
  user(organizationId: string, userId: number): { readonly roles: readonly string[] } | null;
  verifyLogin(login: string, password: Secret): Promise<OAuthUser | null>;
}
