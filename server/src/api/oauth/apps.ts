import type { Secret } from '../../base/secret.ts';
import type { AppView } from '../../directory/directory-views.ts';
import type { StoredToken } from './token-records.ts';

export interface OAuthUser {
  readonly organizationId: string;
  readonly userId: number;
  readonly roles: readonly string[];
}

/** Whom a token speaks for, as far as it matters to those who take it. */
export interface OAuthGrantor {
  readonly roles: readonly string[];
  /** Who is charged. */
  readonly account: string;
}

/** What OAuth asks of the directory. */
export interface OAuthDirectory {
  app(key: string): AppView | null;
  user(organizationId: string, userId: number): OAuthGrantor | null;
  verifyLogin(login: string, password: Secret, from: string): Promise<OAuthUser | null>;
}

/**
 * Whether a token is still that of its app: one that is enabled and has the secret it had then. Says nothing of expiry.
 */
export function isGood(token: StoredToken, app: AppView | null): boolean {
  return app?.enabled === true && isOf(token, app);
}

/** Whether its app, with the secret it had then, and its user are there. */
export function isGranted(token: StoredToken, directory: Pick<OAuthDirectory, 'app' | 'user'>): boolean {
  return (
    isOf(token, directory.app(token.appKey)) && directory.user(String(token.organizationId), token.userId) !== null
  );
}

/** The same, whether the app is enabled or not. */
export function isOf(token: StoredToken, app: AppView | null): boolean {
  return app !== null && app.organizationId === String(token.organizationId) && app.secretMark === token.secretMark;
}
