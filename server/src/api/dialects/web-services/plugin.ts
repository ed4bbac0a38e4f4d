import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyText } from '../../body-text.ts';
import { type AddressMistake, findBehindSlashes, refuseAddresses } from '../../http.ts';
import { readJson } from '../../json-depth.ts';
import type { Agent } from './agent.ts';
import { type ErrorJson, errorJson, toWebServicesError, WebServicesError } from './errors.ts';
import { root } from './links.ts';
import { type Route, serveRoutes } from './route.ts';
import { type Access, checkLogin } from './session/access.ts';
import { allowOrigin, refuseForeignSocket } from './session/cors.ts';
import { checkToken, tellToken } from './session/csrf.ts';

/** Some clients compare it as a whole. */
const jsonType = 'application/json';
/** User data is the longest that is sent here, at most 16 Ki characters. */
const bodyLimit = 128 * 1024;

export interface PluginOptions {
  readonly access: Access;
  readonly routes: readonly Route[];
  /** Origins whose pages may ask with cookie and login. */
  readonly origins: readonly string[];
  /** How clients reach it from outside, where that differs. */
  readonly publicUrl: string | null;
  readonly csrf: boolean;
  /** Further routes under the same root, behind the same login and errors. */
  readonly more?: (app: FastifyInstance) => void;
}

/**
 * Serves the voice interface below its root. Whatever goes wrong there is answered as JSON with a `statusCode`: also
 * what has no login, no address, no such method, a body that is too large, of another type, or no JSON.
 */
export function registerWebServices(http: FastifyInstance, options: PluginOptions): void {
  findBehindSlashes(http, root);
  refuseAddresses(http, (...refused) => refuseAddress(options.access, ...refused));
  http.register(
    (app, _options, done) => {
      serve(app, options);
      done();
    },
    { prefix: root },
  );
}

function serve(app: FastifyInstance, { access, routes, origins, publicUrl, csrf, more }: PluginOptions): void {
  // Schemas describe (OpenAPI); each mistake has its own statusCode, so they refuse and convert nothing.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(tellError);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/json', 'text/json'], { parseAs: 'buffer', bodyLimit }, readBody);
  app.decorateRequest('agent', null as unknown as Agent);
  app.addHook('onRequest', async (request, reply) => {
    if (allowOrigin(request, reply, origins)) return reply;
    refuseForeignSocket(request, origins, publicUrl);
    const { agent, byCookie } = await access.of(request, reply);
    request.agent = agent;
    if (request.headers.upgrade?.toLowerCase() === 'websocket') access.holdWhile(request.raw.socket, agent);
    else if (request.routeOptions.config.staysOpen === true) access.holdWhile(reply.raw, agent);
    if (csrf) {
      tellToken(request, reply);
      checkToken(request, byCookie);
    }
    return undefined;
  });
  app.addHook('preHandler', async (request) => checkLogin(request));
  app.addHook('onSend', (_request, reply, payload, done) => {
    // What this interface says is about now.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (typeof payload === 'string') reply.header('content-type', jsonType);
    done(null, payload);
  });
  app.setNotFoundHandler(refuseUnknown);
  serveRoutes(app, routes);
  // A browser's question comes to a route or it comes to no hook.
  app.options('/*', { schema: { hide: true } as object }, refuseUnknown);
  more?.(app);
}

function refuseUnknown({ url }: FastifyRequest): never {
  throw new WebServicesError('notFound', `There is nothing at ${url.split('?', 1)[0]}.`);
}

async function readBody({ headers }: FastifyRequest, bytes: Buffer): Promise<unknown> {
  return readJson(bodyText(headers, bytes));
}

function tellError(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = toWebServicesError(thrown);
  if (known === null) request.log.error({ request: request.id, err: thrown }, 'a request failed');
  const shown = known ?? new WebServicesError('internal', 'Something went wrong here; the log has the request id.');
  if (shown.status === 503) reply.header('retry-after', '1');
  // Where a socket was asked for, the connection serves nothing more.
  if (request.headers.upgrade !== undefined) reply.header('connection', 'close');
  void reply.code(shown.status).send(JSON.stringify(errorJson(shown) satisfies ErrorJson));
}

/** What cannot be decoded, or is longer than any id, comes to no route. */
function refuseAddress(access: Access, request: FastifyRequest, reply: FastifyReply, mistake: AddressMistake): boolean {
  if (!request.url.startsWith(`${root}/`)) return false;
  const refuse = (refusal: WebServicesError) => {
    // As bytes: no hook of ours is run that would take away the charset that text gets.
    const body = Buffer.from(JSON.stringify(errorJson(refusal)));
    void reply.code(refusal.status).header('content-type', jsonType).send(body);
  };
  if (mistake === 'malformed') {
    refuse(new WebServicesError('invalid', 'The address of the request is malformed.'));
    return true;
  }
  // Who has not logged in is told nothing of what there is, here as elsewhere.
  access.of(request, reply).then(
    () => refuse(new WebServicesError('notFound', 'There is no such thing: the id is longer than any.')),
    (thrown) => refuse(toWebServicesError(thrown) ?? new WebServicesError('internal', 'Something went wrong here.')),
  );
  return true;
}
