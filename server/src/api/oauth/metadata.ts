import type { FastifyInstance, FastifyRequest } from 'fastify';

const secretMethods = ['client_secret_basic', 'client_secret_post'] as const;

/** GET /.well-known/oauth-authorization-server (RFC 8414): what clients need to know of the endpoints beside it. */
export function registerMetadata(http: FastifyInstance, issuerOf: (request: FastifyRequest) => string): void {
  const schema = { summary: 'What this authorization server offers (RFC 8414)' } as object;
  http.get('/.well-known/oauth-authorization-server', { schema }, async (request) => {
    const issuer = issuerOf(request);
    return {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize.php`,
      token_endpoint: `${issuer}/oauth/token.php`,
      revocation_endpoint: `${issuer}/oauth/revoke.php`,
      service_documentation: `${issuer}/docs`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token'],
      token_endpoint_auth_methods_supported: secretMethods,
      revocation_endpoint_auth_methods_supported: secretMethods,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  });
}
