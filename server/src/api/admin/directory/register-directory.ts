import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { acceptJson } from '../../json-depth.ts';
import type { AdministratorLogin } from '../administrator.ts';
import {
  type CollectionName,
  collections,
  dialRule,
  errorAnswers,
  idPath,
  limitsAll,
  listQuery,
  patchOf,
  reloadAnswer,
  requestKey,
} from './schemas.ts';

/** Who asks, and from where. */
export interface Asker {
  readonly organizationId: string;
  readonly userId: number;
  readonly from: string;
  readonly requestId: string;
  /** Of a request with a key of its own; `resumed`: what it asks for may have been done before, unanswered. */
  readonly operation?: { readonly id: string; readonly resumed: boolean };
  /** Whether the login by which it came holds still. */
  readonly holds: () => boolean;
}

type Given = Readonly<Record<string, unknown>>;

export interface ListFilter {
  readonly organization?: string;
  readonly user?: string;
  readonly extension?: string;
  readonly limit: number;
  readonly after?: string;
}

/** What the directory has, and how it is changed. Everything throws AppError. */
export interface DirectorySources {
  list(kind: CollectionName, asker: Asker, filter: ListFilter): Promise<{ items: object[]; next: string | null }>;
  get(kind: CollectionName, asker: Asker, id: string): Promise<object>;
  create(kind: CollectionName, asker: Asker, given: Given): Promise<object>;
  change(kind: CollectionName, asker: Asker, id: string, patch: Given): Promise<object>;
  remove(kind: CollectionName, asker: Asker, id: string, everything: boolean): Promise<void>;
}

export interface ServerSources {
  rules(asker: Asker): Promise<object>;
  rule(asker: Asker, id: string): Promise<object>;
  addRule(asker: Asker, given: Given): Promise<object>;
  changeRule(asker: Asker, id: string, patch: Given): Promise<object>;
  removeRule(asker: Asker, id: string): Promise<void>;
  limits(asker: Asker): Promise<object>;
  changeLimits(asker: Asker, patch: Given): Promise<object>;
}

/** Reads the file again; throws AppError. */
export type ReloadFile = (asker: Asker, removeLeft: boolean) => Promise<object>;

export interface DirectoryRoutes {
  readonly login: AdministratorLogin;
  readonly directory: DirectorySources;
  readonly server: ServerSources;
  readonly reload: ReloadFile;
  readonly idempotency: Idempotency;
  /** What is shown of a record besides, by its kind. */
  readonly more?: Partial<Readonly<Record<CollectionName, (item: object) => object>>>;
}

/**
 * The directory while the server runs: for each kind of record GET of all and of one, POST, PATCH (JSON merge patch)
 * and DELETE below /admin/v1. What is sent is checked by the readers of the file, so the schemas only describe.
 */
export function registerDirectory(http: FastifyInstance, routes: DirectoryRoutes): void {
  http.register((app, _options, done) => {
    serve(app, routes);
    done();
  });
}

function serve(
  app: FastifyInstance,
  { login, directory, server, reload, idempotency, more = {} }: DirectoryRoutes,
): void {
  const onRequest = login.hook;
  const asker = (request: FastifyRequest): Asker => {
    const { organizationId, userId } = login.of(request);
    const { operationId, resumed } = request;
    const operation = operationId === null ? {} : { operation: { id: operationId, resumed } };
    const holds = login.holds(request);
    return { organizationId, userId, from: request.ip, requestId: request.id, holds, ...operation };
  };
  acceptJson(app, 'application/merge-patch+json');
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart === 'body') return () => true;
    return httpPart === 'querystring' ? checkQuery(schema as QuerySchema) : () => true;
  });
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  idempotency.register(app, {
    scopeOf: (request) => {
      const { organizationId, userId } = login.of(request);
      return `admin ${organizationId} ${userId}`;
    },
    refusal: (why) =>
      why === 'invalid'
        ? new AppError('invalidArgument', 'The Idempotency-Key must be 1 to 255 visible characters.')
        : new AppError(
            'conflict',
            'This Idempotency-Key was used for another request. Use a new key for a new request.',
          ),
  });
  const route = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    schema: object,
    answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) => {
    const headers = method === 'GET' ? {} : { headers: requestKey };
    const described = {
      ...schema,
      ...headers,
      response: { ...errorAnswers, ...(schema as { response?: object }).response },
    };
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store');
      return await answer(request, reply);
    };
    app.route({ method, url, schema: described as object, onRequest, handler });
  };

  for (const described of collections) {
    const { kind, path, summary, body, view } = described;
    const show = more[kind] ?? ((item: object) => item);
    const all = `/admin/v1/${path}`;
    const one = `${all}/:id`;
    const list = { summary: `The ${summary.many}`, querystring: listQuery(kind), response: { 200: pageOf(view) } };
    route('GET', all, list, async (request) => {
      const { items, next } = await directory.list(kind, asker(request), filterOf(request));
      const shown = items.map(show);
      // As it was called at first.
      return kind === 'app' ? { items: shown, next, apps: shown } : { items: shown, next };
    });
    route(
      'GET',
      one,
      { summary: `One of the ${summary.many}`, params: idPath, response: { 200: view } },
      async (request) => show(await directory.get(kind, asker(request), idOf(request))),
    );
    route('POST', all, { summary: `Make ${summary.one}`, body, response: { 201: view } }, async (request, reply) => {
      const made = await directory.create(kind, asker(request), bodyOf(request));
      const { self } = made as { self?: string };
      if (self !== undefined) reply.header('location', self);
      reply.code(201);
      return show(made);
    });
    const change = {
      summary: `Change ${summary.one}`,
      params: idPath,
      body: patchOf(described),
      response: { 200: view },
    };
    route('PATCH', one, change, async (request) =>
      show(await directory.change(kind, asker(request), idOf(request), bodyOf(request))),
    );
    const remove = { summary: `Remove ${summary.one}`, params: idPath, querystring: removeQuery(kind) };
    route('DELETE', one, remove, async (request, reply) => {
      const { everything } = request.query as { everything?: string };
      await directory.remove(kind, asker(request), idOf(request), everything === 'true');
      return reply.code(204).send();
    });
  }
  serveRules(route, asker, server);
  const again = {
    summary: 'Read the configuration file again: all of it or nothing',
    querystring: { type: 'object', properties: { removeLeft: { type: 'string', enum: ['true', 'false'] } } },
    response: { 200: reloadAnswer },
  };
  route('POST', '/admin/v1/reload', again, async (request) => {
    const { removeLeft } = request.query as { removeLeft?: string };
    return await reload(asker(request), removeLeft === 'true');
  });
}

type Route = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  schema: object,
  answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
) => void;

function serveRules(route: Route, asker: (request: FastifyRequest) => Asker, server: ServerSources): void {
  const all = '/admin/v1/dial-rules';
  const one = `${all}/:id`;
  const { body, patch, view } = dialRule;
  const response = { 200: view };
  route('GET', all, { summary: 'The dial plan, in its order', response: { 200: pageOf(view) } }, (request) =>
    server.rules(asker(request)),
  );
  route('GET', one, { summary: 'One row of the dial plan', params: idPath, response }, (request) =>
    server.rule(asker(request), idOf(request)),
  );
  route(
    'POST',
    all,
    { summary: 'Add a row to the dial plan', body, response: { 201: view } },
    async (request, reply) => {
      const made = await server.addRule(asker(request), bodyOf(request));
      reply.code(201).header('location', (made as { self: string }).self);
      return made;
    },
  );
  route('PATCH', one, { summary: 'Change a row of the dial plan', params: idPath, body: patch, response }, (request) =>
    server.changeRule(asker(request), idOf(request), bodyOf(request)),
  );
  route('DELETE', one, { summary: 'Remove a row of the dial plan', params: idPath }, async (request, reply) => {
    await server.removeRule(asker(request), idOf(request));
    return reply.code(204).send();
  });
  const limits = { response: { 200: limitsAll.view } };
  route('GET', '/admin/v1/limits', { summary: 'The limits that hold', ...limits }, (request) =>
    server.limits(asker(request)),
  );
  const change = { summary: 'Change limits', body: limitsAll.patch, ...limits };
  route('PATCH', '/admin/v1/limits', change, (request) => server.changeLimits(asker(request), bodyOf(request)));
}

function pageOf(view: object): object {
  return {
    description: 'A page; `next` is the `after` of the next one.',
    type: 'object',
    properties: { items: { type: 'array', items: view }, next: { type: ['string', 'null'] } },
  };
}

function removeQuery(kind: CollectionName): object {
  const properties = kind === 'organization' ? { everything: { type: 'string', enum: ['true', 'false'] } } : {};
  return { type: 'object', properties };
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
}

/** Whether each is known, given once, and one of those there are: what else it means is checked where it is used. */
function checkQuery({ properties = {} }: QuerySchema) {
  const mistakeIn = ([key, value]: [string, unknown]): string | null => {
    if (!Object.hasOwn(properties, key)) return `The query has no ${JSON.stringify(key.slice(0, 80))}.`;
    if (typeof value !== 'string') return `querystring/${key} must be given once.`;
    const all = properties[key]?.enum;
    return all === undefined || all.includes(value) ? null : `querystring/${key} must be ${all.join(' or ')}.`;
  };
  return (given: unknown) => {
    const mistake = Object.entries(given as object)
      .map(mistakeIn)
      .find((one) => one !== null);
    return mistake === undefined ? { value: given } : { error: new AppError('invalidArgument', mistake) };
  };
}

function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

function bodyOf({ body }: FastifyRequest): Given {
  if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body as Given;
  throw new AppError('invalidArgument', 'The body must be a JSON object.');
}

const mostListed = 500;
const usuallyListed = 100;

function filterOf({ query }: FastifyRequest): ListFilter {
  const { limit, ...filter } = query as Omit<ListFilter, 'limit'> & { readonly limit?: string };
  const number = limit === undefined ? usuallyListed : Number(limit);
  if (Number.isInteger(number) && number >= 1 && number <= mostListed) return { ...filter, limit: number };
  throw new AppError('invalidArgument', `querystring/limit must be a whole number from 1 to ${mostListed}.`);
}
