import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

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
  });
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    // Nothing from elsewhere, and no upgrade to TLS where there is none.
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'",
    uiConfig: { docExpansion: 'list', tryItOutEnabled: true, persistAuthorization: false, validatorUrl: null },
    theme: { title: 'Partyline: the HTTP interfaces' },
  });
}
