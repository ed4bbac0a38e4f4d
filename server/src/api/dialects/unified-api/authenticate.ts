import type { FastifyRequest } from 'fastify';
import { bearer } from '../../oauth/bearer.ts';
import type { DialectParts } from '../dialect.ts';
import { UnifiedApiError, unifiedApiError } from './errors.ts';
import type { Principal } from './principal.ts';

/** `expiredStatus`: what a token that has expired is answered with; documents of the interface disagree. */
export function authenticateWith(presented: DialectParts['presented'], expiredStatus: number) {
  return (request: FastifyRequest): Principal => {
    const shown = presented(tokenOf(request));
    if (shown.result === 'valid') {
      const { organizationId, userId, appKey } = shown.token;
      const { account, roles } = shown.user;
      return { organizationId: String(organizationId), userId, account, appKey, roles };
    }
    const denied = unifiedApiError('access_denied');
    if (shown.result !== 'expired' || expiredStatus === denied.status) throw denied;
    throw new UnifiedApiError(expiredStatus, denied.code, denied.message);
  };
}

/** `Authorization: Bearer …`, else the query's `accessRequestToken`, with or without the word Bearer. */
export function tokenOf(request: FastifyRequest): string | null {
  const header = bearer(request.headers.authorization);
  if (header !== null) return header;
  const query = (request.query as Record<string, unknown>)['accessRequestToken'];
  return typeof query === 'string' ? (bearer(query) ?? query.trim()) : null;
}
