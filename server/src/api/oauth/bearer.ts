import type { FastifyRequest } from 'fastify';
import type { StoredToken } from '../../base/token-records.ts';
import { isGood, type OAuthDirectory, type OAuthGrantor } from './apps.ts';
import type { Tokens } from './tokens.ts';

/** What an access token of a request came to. */
export type Presented =
  | { readonly result: 'valid'; readonly token: StoredToken; readonly user: OAuthGrantor }
  | { readonly result: 'expired' | 'missing' | 'unknown' };

/**
 * The access token of a request: `Authorization: Bearer …`, else the query's `accessRequestToken`, with or without the word Bearer.
 * Answers from memory. A token is good only while its user and its app are in the directory, and the
 * app is enabled and has the secret that it had.
 */
export function presented(request: FastifyRequest, tokens: Tokens, directory: OAuthDirectory): Presented {
  const header = bearer(request.headers.authorization);
  const query = (request.query as Record<string, unknown>)['accessRequestToken'];
  const text = header ?? (typeof query === 'string' ? (bearer(query) ?? query.trim()) : null);
  if (text === null || text === '') return { result: 'missing' };
  const token = tokens.find('access', text);
  if (token === null) return { result: 'unknown' };
  if (tokens.isExpired(token)) return { result: 'expired' };
  const user = directory.user(String(token.organizationId), token.userId);
  if (user === null || !isGood(token, directory.app(token.appKey))) return { result: 'unknown' };
  return { result: 'valid', token, user };
}

function bearer(text: string | undefined): string | null {
  return text === undefined ? null : (/^bearer +(\S+)\s*$/i.exec(text)?.[1] ?? null);
}
