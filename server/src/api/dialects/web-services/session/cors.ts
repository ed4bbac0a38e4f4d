import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfHeaders } from './csrf.ts';

const methods = 'GET, POST, PUT, DELETE, OPTIONS';
const headers = ['Authorization', 'Content-Type', 'Last-Event-ID', 'X-Requested-With', csrfHeaders[1]].join(', ');
const exposed = ['X-Request-Id', 'Retry-After', ...csrfHeaders].join(', ');
/** How long a browser may remember the answer to its question, seconds. */
const maxAge = 600;

/**
 * Lets pages of these origins ask with cookie and login (Fetch standard, CORS protocol). True: it was a browser's
 * question before the request itself, and is answered.
 */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origins.length > 0) reply.header('vary', 'Origin');
  const allowed = origin !== undefined && origins.includes(origin.toLowerCase());
  if (allowed) {
    reply
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-credentials', 'true')
      .header('access-control-expose-headers', exposed);
  }
  const asks = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!asks) return false;
  if (allowed) {
    reply
      .header('access-control-allow-methods', methods)
      .header('access-control-allow-headers', headers)
      .header('access-control-max-age', maxAge);
  }
  void reply.code(204).send();
  return true;
}
