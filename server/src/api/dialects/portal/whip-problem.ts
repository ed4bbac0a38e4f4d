import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, coerceError } from '../../../base/app-error.ts';
import { PortalError } from './errors.ts';
import { Problem, sendProblem } from './problem.ts';

/** What went wrong with an offer, or with signing in, as it is told. */
export function tellProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(thrown, request);
  if (problem === null) request.log.error({ request: request.id, err: thrown }, 'a request failed');
  sendProblem(reply, problem ?? new Problem(500, 'internal', 'Something went wrong here.'));
}

function toProblem(thrown: unknown, { method }: FastifyRequest): Problem | null {
  if (thrown instanceof Problem) return thrown;
  const { name, message, statusCode } = coerceError(thrown) as Error & { statusCode?: number };
  if (thrown instanceof AppError) {
    switch (thrown.code) {
      case 'invalidArgument':
        return thrown.details['code'] === 'noAudio'
          ? new Problem(422, 'noAudio', message)
          : new Problem(400, 'badOffer', message);
      case 'notAcceptableMedia':
        return new Problem(422, 'noCommonCodec', message);
      case 'notFound':
        return new Problem(404, 'callNotFound', message);
      case 'conferenceFull':
        return new Problem(409, 'conferenceFull', message);
      case 'conferenceLocked':
        return new Problem(403, 'conferenceLocked', message);
      case 'unavailable':
        return new Problem(503, 'unavailable', message, 5);
      case 'tooManyRequests':
        return new Problem(429, 'tooManyRequests', message, 5);
      case 'limitExceeded':
        return new Problem(409, 'limitExceeded', message);
      default:
        return null;
    }
  }
  if (thrown instanceof PortalError) return new Problem(401, 'loginWrong', message);
  if (statusCode === 415)
    return new Problem(415, 'wrongContentType', 'The Content-Type of the body must be application/json.');
  if (name === 'StoreError') return new Problem(503, 'unavailable', 'Nothing can be stored now.', 5);
  if (statusCode === 413) {
    return new Problem(400, method === 'PATCH' ? 'badFragment' : 'badOffer', 'The description is too long.');
  }
  return null;
}
