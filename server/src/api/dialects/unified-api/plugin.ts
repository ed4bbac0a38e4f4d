import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { type AppError, coerceError } from '../../../base/app-error.ts';
import { baseUrl } from '../../base-url.ts';
import { bodyText } from '../../body-text.ts';
import { type AddressMistake, findBehindSlashes, refuseAddresses } from '../../http.ts';
import { declareOperation } from '../../idempotency/operation.ts';
import { readJson } from '../../json-depth.ts';
import { reusedKeyAnswer } from './collections/collection-schemas.ts';
import type { UnifiedApiDeps } from './deps.ts';
import { errorBody, toUnifiedApiError, UnifiedApiError, type UnifiedApiErrorCode, unifiedApiError } from './errors.ts';
import { answer, jsonType } from './json-answer.ts';
import { registerPhoneCalls } from './phone-calls/routes.ts';
import type { Authenticate, Principal } from './principal.ts';

/** The bodies of this interface are a few hundred bytes. */
const bodyLimit = 64 * 1024;

/** The documented address, and the one that older clients use for the same. */
const prefixes = ['/uapi', '/unifiedapi'] as const;

/**
 * Serves the Unified API under `/uapi` and `/unifiedapi`, with and without a slash at the end: authentication before
 * anything else, then `deps.hooks`, then the routes of the phone calls and of `deps.modules`. Whatever goes wrong is
 * answered in the interface's own error JSON. Schemas of routes describe them (OpenAPI); they refuse and convert
 * nothing, because each mistake has its own error code.
 */
export function registerUnifiedApi(http: FastifyInstance, deps: UnifiedApiDeps): void {
  refuseAddresses(http, refuseAddress);
  for (const prefix of prefixes) {
    findBehindSlashes(http, prefix);
    const documented = prefix === prefixes[0];
    http.register(
      (app, _options, done) => {
        serve(app, deps, documented);
        done();
      },
      { prefix },
    );
  }
}

/**
 * Answers, where the address is below ours, a request whose address cannot be decoded, or has something in it that is
 * longer than any id: it comes to no route. Gives whether it did.
 */
function refuseAddress(request: FastifyRequest, reply: FastifyReply, mistake: AddressMistake): boolean {
  if (!prefixes.some((prefix) => request.url.startsWith(`${prefix}/`))) return false;
  const refusal =
    mistake === 'malformed'
      ? unifiedApiError('request_invalid', 'The address of the request is malformed.')
      : unifiedApiError(nameless(request.url));
  // As bytes: no hook of ours is run that would take away the charset that text gets.
  const body = Buffer.from(JSON.stringify(errorBody(refusal)));
  void reply.code(refusal.status).header('content-type', jsonType).send(body);
  return true;
}

/** Where the parts of an address stand, and how one that names nothing is refused. */
const partsOfAddresses: Readonly<Record<string, readonly UnifiedApiErrorCode[]>> = {
  phoneCalls: ['user_invalid', 'extension_invalid', 'pc_phonecall_invalid'],
  extensions: ['user_invalid', 'extension_invalid'],
  cdr: ['user_invalid'],
};
/** As the router has it. */
const longestPart = 100;

/** Of an address with a part that is longer than any id: which it is. */
function nameless(url: string): UnifiedApiErrorCode {
  const [, , resource = '', ...parts] = url.split('?', 1)[0]!.split('/');
  const at = parts.findIndex((part) => decodeURIComponent(part).length > longestPart);
  return (Object.hasOwn(partsOfAddresses, resource) ? partsOfAddresses[resource]?.[at] : null) ?? 'resource_not_found';
}

function serve(app: FastifyInstance, deps: UnifiedApiDeps, documented: boolean): void {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((error, request, reply) => tellError(error, request, reply, deps.publicUrl));
  app.removeAllContentTypeParsers();
  // Clients send JSON as application/x-www-form-urlencoded or with no type at all; there is nothing else it could be.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, readBody);
  // Files: what takes them (faxes) is not there, whatever the address. Nothing of it is read.
  app.addContentTypeParser(/^multipart\//i, (_request, _payload, done) => {
    done(unifiedApiError('request_not_implemented'));
  });
  declareOperation(app);
  app.decorateRequest('principal', null as unknown as Principal);
  const authenticates = authenticated(deps.authenticate);
  app.addHook('onRequest', authenticates);
  app.addHook('onRequest', passOverNoType);
  app.addHook('onRequest', ofMeByDefault);
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (payload !== undefined && payload !== null) reply.header('content-type', jsonType);
    done(null, payload);
  });
  // The token may be good for nothing by the time that a body has come.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.body === undefined || request.body === null) done();
    else authenticates(request, reply, done);
  });
  deps.hooks?.(app);
  app.setNotFoundHandler(() => {
    throw unifiedApiError('request_not_implemented');
  });
  app.addHook('onRoute', function (route) {
    bothWays(this, route, documented);
  });
  registerPhoneCalls(app, deps);
  for (const register of deps.modules ?? []) register(app);
}

/** Each route once more with a slash at the end; described once. */
function bothWays(app: FastifyInstance, route: RouteOptions & { routePath: string }, documented: boolean): void {
  route.schema = documented ? described(route) : { ...route.schema, hide: true };
  if (route.method === 'HEAD' || /[/*]$/.test(route.routePath)) return;
  app.route({ ...route, url: `${route.routePath}/`, schema: { ...route.schema, hide: true } });
}

const idempotencyKey = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,255}$',
  description:
    'One for each request that is meant. Repeated with the same key, a request is done once and answered alike.',
};

/** With what every request that changes something takes besides. */
function described({ method, schema }: RouteOptions): FastifySchema {
  if (!['POST', 'PUT', 'DELETE'].includes(String(method))) return { ...schema };
  return {
    ...schema,
    headers: { type: 'object', properties: { 'Idempotency-Key': idempotencyKey } },
    response: { ...(schema?.response as object), 422: reusedKeyAnswer },
  };
}

function authenticated(authenticate: Authenticate) {
  return (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    const accept = (principal: Principal): void => {
      request.principal = principal;
      done();
    };
    const refuse = (error: unknown): void => done(coerceError(error));
    try {
      const found = authenticate(request);
      if (found instanceof Promise) found.then(accept, refuse);
      else accept(found);
    } catch (error) {
      refuse(error);
    }
  };
}

/** A Content-Type that is empty, a word alone or several at once says nothing of the body. */
function passOverNoType({ headers }: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const type = headers['content-type'];
  if (type !== undefined && !mediaType.test(type)) delete headers['content-type'];
  done();
}

/** `{userId}` of a path is `@me` where nothing stands for it (`/phoneCalls//conferenceInvite`). */
function ofMeByDefault(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const params = request.params as { userId?: string };
  if (params.userId === '') params.userId = '@me';
  done();
}

const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;

async function readBody({ headers }: FastifyRequest, bytes: Buffer): Promise<unknown> {
  try {
    return readJson(bodyText(headers, bytes));
  } catch (error) {
    const { status, message } = error as AppError;
    throw new UnifiedApiError(status, 'request_invalid', message);
  }
}

function tellError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, publicUrl: string | null): void {
  const known = toUnifiedApiError(thrown);
  if (known === null) request.log.error({ request: request.id, err: thrown }, 'a request failed');
  const shown = known ?? unifiedApiError('internal_server_error');
  if (shown.code === 'access_denied') {
    denyAccess(request, reply, shown, `${baseUrl(request, publicUrl)}/oauth/token.php`);
  } else {
    answer(reply, shown.status, errorBody(shown));
  }
}

/** Says where a token is to be had; RFC 6750 §3: an error only where there was a token. */
function denyAccess(request: FastifyRequest, reply: FastifyReply, denied: UnifiedApiError, tokenUrl: string): void {
  const given = request.headers.authorization !== undefined || /[?&]accessRequestToken=/.test(request.url);
  const error = given
    ? ', error="invalid_token", error_description="The access token is unknown, expired or revoked"'
    : '';
  // A status of 403 is for clients that know no other; the challenge is for those who read it.
  reply.header('www-authenticate', `Bearer realm="Partyline", authorization_uri="${tokenUrl}"${error}`);
  const message = `${denied.message} Get an access token at POST ${tokenUrl}.`;
  answer(reply, denied.status, errorBody(new UnifiedApiError(denied.status, denied.code, message)));
}
