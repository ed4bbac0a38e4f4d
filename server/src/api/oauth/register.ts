import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { LoginAttempts } from '../login-attempts.ts';
import type { OAuthDirectory } from './apps.ts';
import { registerAuthorizeEndpoint } from './authorize-endpoint.ts';
import { isStoreFailure, refuse } from './exchange.ts';
import { acceptForms } from './form.ts';
import { registerMetadata } from './metadata.ts';
import { registerTokenEndpoint } from './token-endpoint.ts';
import type { Tokens } from './tokens.ts';

/** The OAuth 2.0 endpoints, under the names that clients have built in. */
export function registerOAuth(
  http: FastifyInstance,
  options: {
    readonly directory: OAuthDirectory;
    readonly tokens: Tokens;
    readonly clock: Clock;
    /** The address clients reach this server at, without a slash at the end: its name in OAuth. */
    readonly issuerOf: (request: FastifyRequest) => string;
  },
): void {
  const { directory, tokens, clock, issuerOf } = options;
  registerMetadata(http, issuerOf);
  void http.register(async (app) => {
    await acceptForms(app);
    app.setErrorHandler((error, request, reply) => {
      if (isStoreFailure(error)) {
        reply.header('retry-after', '10');
        refuse(reply, 503, 'temporarily_unavailable', 'Nothing can be stored now. Try again later.');
        return;
      }
      const { statusCode, status: own } = error as { statusCode?: number; status?: number };
      const given = statusCode ?? own;
      // What reads multipart has no status for what it cannot read, and nothing of ours runs before the form is read.
      const status = given ?? (request.body === undefined && isMultipart(request) ? 400 : 500);
      if (status >= 500) request.log.error({ err: error }, 'a token request failed');
      const known = status >= 400 && status < 500;
      if (known) refuse(reply, status, 'invalid_request', 'The request could not be read.');
      else refuse(reply, 500, 'server_error', 'Something went wrong here.');
    });
    const parts = { directory, tokens, attempts: new LoginAttempts(clock), issuerOf };
    registerTokenEndpoint(app, parts);
    registerAuthorizeEndpoint(app, parts);
  });
}

function isMultipart({ headers }: FastifyRequest): boolean {
  return /^multipart\//i.test(headers['content-type'] ?? '');
}
