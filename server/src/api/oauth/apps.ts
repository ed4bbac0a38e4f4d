import type { Secret } from '../../base/secret.ts';
import type { AppView } from '../../directory/directory-views.ts';

export interface OAuthUser {
  readonly organizationId: string;
  readonly userId: number;
  readonly roles: readonly string[];
}

/** What OAuth asks of the directory. */
export interface OAuthDirectory {
  app(key: string): AppView | null;
  user(organizationId: string, userId: number): { readonly roles: readonly string[] } | null;
  verifyLogin(login: string, password: Secret): Promise<OAuthUser | null>;
}
