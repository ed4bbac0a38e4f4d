import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../base/clock.ts';
import { RateLimit } from '../../../base/rate-limit.ts';
import { findBehindSlashes, refuseAddresses } from '../../http.ts';
import { readJson } from '../../json-depth.ts';
import { PortalError, sendPortalError, tooManyRequests, toPortalError } from './errors.ts';

const prefix = '/ups/resources';
const bodyLimit = 64 * 1024;
/** Requests of one address: a company behind one address starts a meeting at once. */
const perSecond = 20;
const burst = 200;

/** From pages of any origin: nothing here depends on cookies. */
export function allowAnyOrigin(reply: FastifyReply, methods: string, exposed = ''): void {
  reply.header('access-control-allow-origin', '*');
  reply.header('access-control-allow-methods', methods);
  // Whatever an application's libraries add besides; what proves who asks is not in the star (Fetch §3.3.5).
  reply.header('access-control-allow-headers', 'Accept, Authorization, Content-Type, If-Match, *');
  reply.header('access-control-max-age', '600');
  if (exposed !== '') reply.header('access-control-expose-headers', exposed);
}

/** What is below `/ups/resources`, with its errors in the portal's own form. */
export function registerPortal(
  http: FastifyInstance,
  clock: Clock,
  modules: readonly ((app: FastifyInstance) => void)[],
): void {
  findBehindSlashes(http, prefix);
  refuseAddresses(http, (request, reply, mistake) => {
    if (!request.url.startsWith(`${prefix}/`)) return false;
    if (mistake === 'unknown') sendPortalError(reply, nothingThere());
    else sendPortalError(reply, new PortalError('ERC_JC_INCORRECT_INPUT', 'The address of the request is malformed.'));
    return true;
  });
  const limit = new RateLimit({ perSecond, burst });
  http.register(
    (app, _options, done) => {
      app.setValidatorCompiler(() => () => true);
      app.setSerializerCompiler(() => (value) => JSON.stringify(value));
      app.removeAllContentTypeParsers();
      // Clients send JSON under types of the vendor's, or none.
      app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, async (_request: FastifyRequest, text: string) =>
        readJson(text),
      );
      app.addHook('onRequest', (request, reply, next) => {
        allowAnyOrigin(reply, 'GET, POST, PUT, DELETE, OPTIONS');
        const admitted = request.method === 'OPTIONS' || limit.admit(request.ip, clock.monotonic());
        next(admitted ? undefined : tooManyRequests('Too many requests from this address.'));
      });
      app.setErrorHandler(tellError);
      app.setNotFoundHandler(() => {
        throw nothingThere();
      });
      app.options('/*', { schema: { hide: true } as object }, (_request, reply) => void reply.code(204).send());
      for (const register of modules) register(app);
      done();
    },
    { prefix },
  );
}

function tellError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = toPortalError(thrown);
  if (known === null) request.log.error({ request: request.id, err: thrown }, 'a request failed');
  sendPortalError(reply, known ?? new PortalError('ERC_INTERNAL_SERVER_ERROR', 'Something went wrong here.'));
}

function nothingThere(): PortalError {
  return new PortalError('ERC_JC_INCORRECT_INPUT', 'The portal has nothing at this address.', { status: 404 });
}
