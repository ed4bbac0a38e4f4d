import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebServicesError } from '../errors.ts';
import type { Session } from './sessions.ts';

const tokenHeader = 'X-CSRF-TOKEN';
/** In which a client is told the name of the other. */
const nameHeader = 'X-CSRF-HEADER';

/** What a page of another origin must be allowed to read, and to send. */
export const csrfHeaders = [nameHeader, tokenHeader] as const;

/** Reading answers carry the token of the session, and its header's name. */
export function tellToken(request: FastifyRequest, reply: FastifyReply): void {
  if (request.method !== 'GET') return;
  reply.header(nameHeader, tokenHeader).header(tokenHeader, request.agent.session.csrfToken);
}

/**
 * A request that changes something shows the token of its session, and comes in a session that its cookie names
 * (`byCookie`): one that only knows the login has not read the token anywhere.
 */
export function checkToken(request: FastifyRequest, byCookie: boolean): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  if (byCookie && showsToken(request.headers, request.agent.session)) return;
  throw new WebServicesError('forbidden', 'Missing or invalid Csrf token');
}

export function showsToken(headers: FastifyRequest['headers'], { csrfToken }: Pick<Session, 'csrfToken'>): boolean {
  return headers[tokenHeader.toLowerCase()] === csrfToken;
}
