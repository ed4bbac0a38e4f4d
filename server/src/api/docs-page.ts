import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';

const description = `
Get an access token at \`POST /oauth/token.php\` (grant \`client_credentials\`, with the key and secret of a trusted app), press
**Authorize**, and try. Every request that changes something takes an \`Idempotency-Key\`: repeated with the same key it gets the
same answer, and no phone rings twice.
`;

/**
 * OpenAPI 3.1, made from the schemas of the routes, at /docs/json and /docs/yaml, and a page to read and try it at /docs.
 * Only routes registered after this has resolved are in it.
 */
export async function registerDocs(http: FastifyInstance, options: { readonly version: string }): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Partyline', version: options.version, description },
      tags: [
        { name: 'phoneCalls', description: 'Place, list, change and end phone calls' },
        { name: 'phoneCallEvents', description: 'Be told of phone calls by webhook' },
        { name: 'presence', description: 'Who is registered, and who is in a call' },
        { name: 'cdr', description: 'Phone calls that have ended' },
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
    transform: ({ schema, url }) => ({ schema: withLogin(schema, url), url }),
  });
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    // Nothing from elsewhere, and no upgrade to TLS where there is none.
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'",
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true, validatorUrl: null },
    theme: { title: 'Partyline: the HTTP interfaces' },
  });
}

/** Which login a route asks for, and under which heading it stands when its schema does not say. */
const headings = [
  { prefix: '/uapi/', security: [{ bearer: [] }], tag: 'phoneCalls' },
  { prefix: '/admin/', security: [{ basic: [] }], tag: 'administration' },
  { prefix: '/oauth/', security: [], tag: 'oauth' },
] as const;

function withLogin(schema: FastifySchema | undefined, url: string): FastifySchema {
  const heading = headings.find(({ prefix }) => url.startsWith(prefix));
  // What is no interface is no matter for this page.
  if (heading === undefined) return { ...schema, hide: true } as FastifySchema;
  const { security, tag } = heading;
  return { tags: [tag], ...schema, security } as FastifySchema;
}
