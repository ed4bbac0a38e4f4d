import { isGood, type OAuthDirectory, type OAuthGrantor } from './apps.ts';
import type { StoredToken } from './token-records.ts';
import type { Tokens } from './tokens.ts';

/** What an access token of a request came to. */
export type Presented =
  | { readonly result: 'valid'; readonly token: StoredToken; readonly user: OAuthGrantor }
  | { readonly result: 'expired' | 'missing' | 'unknown' };

/**
 * Answers from memory what the text of an access token is good for; where in a request it stands is its interface's
 * business. A token is good only while its user and its app are in the directory, and the app is enabled and has the
 * secret that it had.
 */
export function presented(text: string | null, tokens: Tokens, directory: OAuthDirectory): Presented {
  if (text === null || text === '') return { result: 'missing' };
  const token = tokens.find('access', text);
  if (token === null) return { result: 'unknown' };
  if (tokens.isExpired(token)) return { result: 'expired' };
  const user = directory.user(String(token.organizationId), token.userId);
  if (user === null || !isGood(token, directory.app(token.appKey))) return { result: 'unknown' };
  return { result: 'valid', token, user };
}
