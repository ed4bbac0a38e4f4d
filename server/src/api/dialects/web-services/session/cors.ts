import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebServicesError } from '../errors.ts';
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

/**
 * A WebSocket asks no browser for leave and comes with the cookie, so of a page it is taken only where that is of this
 * server or may ask (RFC 6455 §10.2). Who is no browser says no origin.
 */
export function refuseForeignSocket(
  { headers: { upgrade, origin }, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  origins: readonly string[],
  publicUrl: string | null,
): void {
  if (upgrade === undefined || origin === undefined || origins.includes(origin.toLowerCase())) return;
  const own = [host, ...(publicUrl === null ? [] : [hostOf(publicUrl)])];
  const from = hostOf(origin);
  if (from === null || !own.includes(from)) {
    throw new WebServicesError('forbidden', 'Pages of this origin are not allowed here.');
  }
}

function hostOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).host : null;
}
