import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { ErrorCode } from '../base/app-error.ts';
import { turns } from './turns.ts';

const description = `
Get an access token at \`POST /oauth/token.php\` (grant \`client_credentials\`, with the key and secret of a trusted app), press
**Authorize**, and try. What is filled in belongs to the sandbox organization that a first start makes without a
configuration. Every request that changes something takes an \`Idempotency-Key\`: repeated with the same key it gets the same answer,
and no phone rings twice.
`;

export interface DocsOptions {
  readonly version: string;
  /** Headings of the dialects, in front of ours. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

const forms: Readonly<Record<string, { readonly type: string; write(http: FastifyInstance): string }>> = {
  '/docs/json': { type: 'application/json; charset=utf-8', write: (http) => JSON.stringify(http.swagger()) },
  '/docs/yaml': { type: 'application/x-yaml', write: (http) => http.swagger({ yaml: true }) },
};

/**
 * OpenAPI 3.1, made from the schemas of the routes, at /docs/json and /docs/yaml, and a page to read and try it at
 * /docs. Only routes registered after this has resolved are in it.
 */
export async function registerDocs(http: FastifyInstance, options: DocsOptions): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Partyline', version: options.version, description },
      tags: [
        ...options.tags,
        { name: 'oauth', description: 'Access tokens' },
        { name: 'administration', description: 'Calls, records and recordings of an organization; HTTP Basic' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({ schema: described(schema, url, String(route.method)), url }),
  });
  const written = new Map<string, Buffer>();
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    // Written once, and sent to one in each round of the event loop: to write them takes 10 and 200 ms, to send them 1
    // or 2, in which nobody is called, and whoever likes may ask for them.
    uiHooks: {
      preHandler: async (request, reply) => {
        const { url = '' } = request.routeOptions;
        const form = forms[url];
        if (form === undefined) return;
        await turns.take();
        const bytes = written.get(url) ?? Buffer.from(form.write(http));
        written.set(url, bytes);
        return reply.type(form.type).send(bytes);
      },
    },
    // Nothing from elsewhere, and no upgrade to TLS where there is none.
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'",
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true, validatorUrl: null },
    theme: { title: 'Partyline: the HTTP interfaces' },
  });
}

const text = { type: 'string' } as const;
const json = (description: string, properties: object) => ({ description, type: 'object', properties });

const administrationError = (description: string, code: ErrorCode, message: string) => ({
  ...json(description, {
    error: { type: 'object', properties: { code: text, message: text, details: { type: 'object' } } },
    requestId: { ...text, description: 'Of the line about it in the log' },
  }),
  examples: [{ error: { code, message }, requestId: '2dd1af5c9f3b0c7e41aa' }],
});
/** RFC 6749 §5.2 */
const oauthError = (description: string, ...examples: readonly (readonly [error: string, description: string])[]) => ({
  ...json(description, { error: text, error_description: text }),
  'x-examples': Object.fromEntries(
    examples.map(([error, words]) => [error, { value: { error, error_description: words } }]),
  ),
});
const page = (description: string) => ({ description, content: { 'text/html': { schema: text } } });

/** What a route answers besides what its schema says, which is also what is sent: these are described only. */
const answers: readonly { readonly of: RegExp; readonly response: object }[] = [
  {
    of: /^\/admin\//,
    response: {
      400: administrationError(
        'Something in the request is invalid.',
        'invalidArgument',
        'querystring/limit must be integer',
      ),
      401: administrationError(
        'No login, or not that of anybody.',
        'unauthenticated',
        'Log in with the login and password of an administrator.',
      ),
      403: administrationError(
        'The login is not that of an administrator.',
        'forbidden',
        'This login does not have the role administrator.',
      ),
      404: administrationError('There is no such thing in the own organization.', 'notFound', 'No app has this key.'),
      429: administrationError(
        'Too many failed logins: see `Retry-After`.',
        'tooManyRequests',
        'Too many failed logins; try again in 60 s.',
      ),
      '4XX': administrationError('The request is refused.', 'invalidArgument', 'Request body is too large'),
      '5XX': administrationError(
        'Not done, and not because of the request.',
        'unavailable',
        'Nothing can be stored now. Try again later.',
      ),
    },
  },
  {
    of: /^\/oauth\/authorize/,
    response: {
      200: page('Where the user logs in and allows.'),
      400: page('What is wrong with the request of the app.'),
    },
  },
  {
    of: /^\/oauth\/token/,
    response: {
      200: json('The token.', {
        access_token: text,
        token_type: { const: 'Bearer' },
        expires_in: { type: 'integer', description: 'Seconds' },
        refresh_token: { ...text, description: 'Where a user agreed' },
      }),
    },
  },
  {
    of: /^\/oauth\/(token|revoke)/,
    response: {
      400: oauthError(
        '`invalid_request`, `invalid_grant`, `unauthorized_client` or `unsupported_grant_type`.',
        ['invalid_request', 'Missing parameter: grant_type'],
        ['invalid_grant', 'Invalid grant: authorization code is invalid'],
        ['unauthorized_client', 'Unauthorized client: grant_type is invalid'],
        ['unsupported_grant_type', 'Unsupported grant type: grant_type is invalid'],
      ),
      401: oauthError('`invalid_client`: key and secret are not those of an app.', [
        'invalid_client',
        'Invalid client: client is invalid',
      ]),
      429: oauthError('Too many failed attempts: see `Retry-After`.', [
        'too_many_requests',
        'Too many failed attempts; try again in 60 s.',
      ]),
      '4XX': oauthError('The request is refused.', ['invalid_request', 'The request could not be read.']),
      '5XX': oauthError('`server_error`: not done, and not because of the request.', [
        'server_error',
        'Something went wrong here.',
      ]),
    },
  },
];

/** Which login a route asks for, and under which heading it stands, where its schema does not say. */
const headings = [
  { prefix: '/admin/', security: [{ basic: [] }], tag: 'administration' },
  { prefix: '/oauth/', security: [], tag: 'oauth' },
  { prefix: '/.well-known/oauth', security: [], tag: 'oauth' },
] as const;

/** What a dialect serves says its heading itself. */
const fromDialect = { security: [{ bearer: [] }] };

function described(schema: FastifySchema | undefined, url: string, method: string): FastifySchema {
  const heading = headings.find(({ prefix }) => url.startsWith(prefix));
  // What is no interface is no matter for this page.
  if (heading === undefined && schema?.tags === undefined) return { ...schema, hide: true } as FastifySchema;
  const besides = answers.filter((row) => row.of.test(url)).map(({ response }) => response);
  const response = Object.assign({}, ...besides.toReversed(), schema?.response);
  if (!Object.keys(response).some((status) => status.startsWith('2'))) Object.assign(response, done(method));
  const ours = heading === undefined ? fromDialect : { tags: [heading.tag], security: heading.security };
  return { ...ours, ...schema, response } as FastifySchema;
}

function done(method: string): object {
  return method === 'DELETE' ? { 204: { description: 'Done.', type: 'null' } } : { 200: json('Done.', {}) };
}
