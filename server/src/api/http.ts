import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { AppError, coerceError, errorCodes } from '../base/app-error.ts';
import { systemClock } from '../base/clock.ts';
import { idPattern, newId } from '../base/id.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { onBehalfOf } from '../base/request-scope.ts';
import { ConnectionShares } from './connection-shares.ts';
import { drained } from './drained.ts';
import { paceHandshakes } from './handshakes.ts';
import { CanonicalResponse } from './header-case.ts';
import { acceptJson } from './json-depth.ts';
import { tellPerson } from './nowhere.ts';
import { RequestTurns } from './request-turns.ts';
import { traceRequests } from './traced-requests.ts';
import { addressesIn } from './trusted-proxies.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who knows the path may act: it is not logged. */
    readonly secretPath?: boolean;
    /** Its answer does not end by itself. */
    readonly staysOpen?: boolean;
  }
}

const bodyLimit = 1024 * 1024;
const requestTimeoutMs = 30_000;
/** Until the head of a request is there: a browser's takes milliseconds. */
const headersTimeoutMs = 10_000;
/** A connection on which nothing moves, in either direction, while an answer is awaited or not taken. */
const stalledTimeoutMs = 60_000;
/** More at once are closed unanswered; each costs memory. */
const mostConnections = 4096;

/**
 * What a client is told of a mistake: `code` is from the registry of base/app-error, nothing of our insides is in it.
 */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
  readonly requestId: string;
}

/** A certificate and its private key, PEM. */
export interface TlsKeys {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * The HTTP server without routes: request ids (answered as `x-request-id`), limits on body and time, one log line per
 * request at the level `debug`, and every error as JSON. The dialects are plugins registered on it.
 */
export function createHttp(options: {
  log: Log;
  random: Random;
  tls?: TlsKeys | null;
  /** Whose word is taken for where a request comes from; without any, nobody's. */
  trustedProxies?: readonly string[];
  /** Whether somebody collects traces. */
  traced?: boolean;
}): FastifyInstance {
  const log = options.log.child({ part: 'http' });
  const { trustedProxies = [] } = options;
  const serving = { ServerResponse: CanonicalResponse, shouldUpgradeCallback: asksForWebSocket };
  const transport = options.tls ? { https: { ...options.tls, ...serving } } : { http: serving };
  const http: FastifyInstance = Fastify({
    ...transport,
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(options.random),
    requestIdHeader: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // RFC 9112 §3.2.2: a server must accept the absolute form, and there are clients that send it.
    rewriteUrl: (request) => withOneSlash(http, withoutOrigin(request.url ?? '/')),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: stalledTimeoutMs,
    return503OnClosing: true,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) =>
      answerUnusableAddress(http, error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, newId(options.random)),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
  });
  http.server.maxConnections = mostConnections;
  http.server.headersTimeout = headersTimeoutMs;
  if (options.tls) {
    const endHandshakes = paceHandshakes(http.server, systemClock);
    http.addHook('preClose', (done) => {
      endHandshakes();
      done();
    });
  }
  const shares = new ConnectionShares(http.server, undefined, addressesIn(trustedProxies));
  acceptJson(http);
  if (trustedProxies.length > 0) {
    http.addHook('onRequest', ({ raw, ip }, _reply, done) => {
      if (shares.askedBy(raw.socket, ip)) done();
      else done(new AppError('tooManyRequests', 'Too many requests of this address are under way; try again later.'));
    });
  }
  addRequestHooks(http, log, options.traced === true);
  http.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = toAppError(error);
    if (known === null) log.error({ request: request.id, err: error }, 'a request failed');
    const shown = known ?? new AppError('internal', 'Something went wrong here; the log has the request id.');
    sendError(reply, shown, known === null ? 500 : statusOf(error, shown));
  });
  http.setNotFoundHandler(async (request, reply) => {
    if (await tellPerson(http, request, reply, 404)) return reply;
    sendError(
      reply,
      new AppError('notFound', `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}.`),
    );
    return reply;
  });
  return http;
}

/** What is done with every request and every answer, whatever the route. `traced`: somebody collects traces. */
function addRequestHooks(http: FastifyInstance, log: Log, traced: boolean): void {
  const turns = new RequestTurns();
  http.addHook('onRequest', (request, _reply, done) => turns.take(request, done));
  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  // Once the body is there: reading it leaves behind what was set before. Who only reads (RFC 9110 §9.2.1) orders
  // nothing, unless it is by the WebSocket that is asked for.
  http.addHook('preValidation', (request, _reply, done) => {
    if (request.method === 'GET' && !request.ws) done();
    else onBehalfOf(request.id, done);
  });
  if (traced) traceRequests(http);
  // A body that is too large is drained before its answer. Hardly any answer has to wait, so none waits for a promise.
  http.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 413) done(null, payload);
    else void drained(request.raw).then(() => done(null, payload));
  });
  if (log.isLevelEnabled('debug')) {
    http.addHook('onResponse', (request, reply, done) => {
      // The query may hold a token, so only the path is logged, and not that when it is one itself.
      const { config, url } = request.routeOptions;
      const path = config.secretPath === true ? url : request.url.split('?', 1)[0];
      log.debug({ request: request.id, method: request.method, path, status: reply.statusCode }, 'answered');
      done();
    });
  }
}

/**
 * What is wrong with an address: it cannot be decoded, or names something by more than a hundred characters, which is
 * longer than any id.
 */
export type AddressMistake = 'malformed' | 'unknown';

/**
 * Answers a request with such an address, if it is meant for an interface with errors of its own; gives whether it did.
 */
type RefusesAddress = (request: FastifyRequest, reply: FastifyReply, mistake: AddressMistake) => boolean;

const refusalsOfAddresses = new WeakMap<FastifyInstance, RefusesAddress[]>();

/** Such a request comes to no route, so no error handler of an interface sees it. */
export function refuseAddresses(http: FastifyInstance, refuses: RefusesAddress): void {
  const refusals = refusalsOfAddresses.get(http);
  if (refusals === undefined) refusalsOfAddresses.set(http, [refuses]);
  else refusals.push(refuses);
}

/** By the interface that it is meant for, as a page to a person, else as the error body. */
function answerUnusableAddress(
  http: FastifyInstance,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const refusals = refusalsOfAddresses.get(http) ?? [];
  const mistake = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'unknown' : 'malformed';
  if (refusals.some((refuse) => refuse(request, reply, mistake))) return;
  const [shown, status] =
    mistake === 'unknown'
      ? [new AppError('notFound', 'There is nothing at this address.'), 404]
      : [new AppError('invalidArgument', error.message), error.statusCode ?? 400];
  void tellPerson(http, request, reply, status).then((told) => {
    if (!told) sendError(reply, shown, status);
  });
}

function withoutOrigin(target: string): string {
  if (target.startsWith('/')) return target;
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1];
  if (path === undefined) return target;
  return path.startsWith('/') ? path : `/${path}`;
}

const prefixesBehindSlashes = new WeakMap<FastifyInstance, string[]>();

/**
 * What is below `prefix` is found behind several slashes too: applications put a path behind the address that they were
 * given, also where that ends with a slash. For interfaces of applications alone: another path may be guarded by a
 * proxy, as it is written.
 */
export function findBehindSlashes(http: FastifyInstance, prefix: string): void {
  const prefixes = prefixesBehindSlashes.get(http);
  if (prefixes === undefined) prefixesBehindSlashes.set(http, [prefix]);
  else prefixes.push(prefix);
}

function withOneSlash(http: FastifyInstance, path: string): string {
  if (!path.startsWith('//')) return path;
  const meant = path.replace(/^\/+/, '/');
  const isFound = prefixesBehindSlashes.get(http)?.some((prefix) => meant.startsWith(`${prefix}/`));
  return isFound === true ? meant : path;
}

const unreadable: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The head of the request is too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
};

/** What is no HTTP request reaches no route; it gets the same error body, and the connection ends. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = unreadable[error.code ?? ''] ?? ['400 Bad Request', 'This is no HTTP request.'];
  const body = JSON.stringify({ error: { code: 'invalidArgument', message }, requestId } satisfies ErrorBody);
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function sendError(reply: FastifyReply, error: AppError, status = error.status): void {
  const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
  const body: ErrorBody = {
    error: { code: error.code, message: error.message, ...details },
    requestId: reply.request.id,
  };
  void reply.code(status).type('application/json; charset=utf-8').send(body);
}

/** A mistake of the caller as an AppError, or null for a mistake of ours. */
function toAppError(error: FastifyError): AppError | null {
  const thrown = coerceError(error);
  if (thrown instanceof AppError) return thrown;
  if (thrown.name === 'StoreError') return new AppError('unavailable', 'Nothing can be stored now. Try again later.');
  const status = error.statusCode ?? 500;
  if (error.validation !== undefined) return new AppError('invalidArgument', mistakeOf(error));
  if (status === 400) return new AppError('invalidArgument', error.message);
  if (status >= 400 && status < 500) {
    const match = Object.entries(errorCodes).find(([, value]) => value === status);
    return new AppError((match?.[0] as keyof typeof errorCodes | undefined) ?? 'invalidArgument', error.message);
  }
  return null;
}

/** What does not fit a schema. The validator's own words leave out which name is not known, and what is taken. */
function mistakeOf({ message, validation, validationContext = 'body' }: FastifyError): string {
  const found = validation?.[0];
  if (found === undefined) return message;
  const { additionalProperty, allowedValues, pattern } = found.params;
  const where = found.instancePath === '' ? (places[validationContext] ?? 'body') : found.instancePath.slice(1);
  if (found.keyword === 'additionalProperties') return `The ${where} has no ${JSON.stringify(additionalProperty)}.`;
  if (found.keyword === 'enum') return `${where} must be one of ${JSON.stringify(allowedValues)}.`;
  if (pattern === idPattern) return `${where} must be an id: 20 digits from 0 to 9 and a to f.`;
  return message;
}

const places: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'head' };

/** The framework's own 4xx (413, 415, ...) keeps its number; ours comes from the registry. */
function statusOf(error: FastifyError, shown: AppError): number {
  return error instanceof AppError ? shown.status : (error.statusCode ?? shown.status);
}

/**
 * RFC 9110 §7.8: what a server does not speak it does not change to, and answers as if that had not been asked. Clients
 * in Java offer HTTP/2 with their first request.
 */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
