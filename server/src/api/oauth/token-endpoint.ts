import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type LoginAttempts, sourceOf } from '../login-attempts.ts';
import type { OAuthDirectory } from './apps.ts';
import { exchange, refusalOf, refuse, sendJson } from './exchange.ts';
import { type Form, formOf } from './form.ts';
import { accessTokenSeconds } from './oauth-model.ts';
import type { Tokens } from './tokens.ts';

interface Parts {
  readonly directory: OAuthDirectory;
  readonly tokens: Tokens;
  readonly attempts: LoginAttempts;
}

const text = { type: 'string' } as const;
const consumes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'];

/* What may come; what must is told in the words of RFC 6749, so nothing is required here. */
const tokenSchema = {
  summary: 'An access token for one hour',
  consumes,
  body: {
    type: 'object',
    properties: {
      grant_type: { ...text, description: 'client_credentials, authorization_code or refresh_token' },
      client_id: { ...text, description: 'Key of the app' },
      client_secret: { ...text, format: 'password', description: 'Secret of the app' },
      code: { ...text, description: 'With authorization_code: from the page at /oauth/authorize.php' },
      redirect_uri: { ...text, description: 'With authorization_code: where the code was sent' },
      code_verifier: {
        ...text,
        description: 'With authorization_code, when the code was asked for with code_challenge',
      },
      refresh_token: { ...text, description: 'With refresh_token' },
    },
    examples: [
      {
        grant_type: 'client_credentials',
        client_id: 'demo-app',
        client_secret: 'as the first start showed it',
      },
    ],
  },
} as object;

const revokeSchema = {
  summary: 'Makes an access or refresh token, and all that came of the same grant, invalid',
  consumes,
  body: {
    type: 'object',
    properties: { token: text, client_id: text, client_secret: { ...text, format: 'password' } },
  },
} as object;

/**
 * POST /oauth/token.php: `client_credentials` for trusted apps, `authorization_code`, `refresh_token` (RFC 6749 §4.1.3,
 * §4.4.2, §6). `redirect_uri`, `state` and `type` may come with any of them. Answers 200 with access_token, token_type,
 * expires_in (an integer) and, where a user agreed, refresh_token; or the error JSON of §5.2.
 */
export function registerTokenEndpoint(app: FastifyInstance, parts: Parts): void {
  app.post('/oauth/token.php', { schema: tokenSchema }, (request, reply) => limited(parts, request, reply, token));
  app.post('/oauth/revoke.php', { schema: revokeSchema }, (request, reply) => limited(parts, request, reply, revoke));
}

/** Whether the credentials were right; undefined: that is not known. */
type Answer = (parts: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) => Promise<boolean | undefined>;

/** Runs one attempt of an app, unless it failed too often. */
async function limited(parts: Parts, request: FastifyRequest, reply: FastifyReply, answer: Answer): Promise<void> {
  const form = formOf(request.body);
  const source = sourceOf(request);
  const app = appOf(request, form);
  const { waitSeconds } = await parts.attempts.check(request.ip, app, async () => {
    const right = await answer(parts, request, reply, form);
    if (right === false) request.log.warn({ source, app: app.slice(0, 64) }, 'an app was refused a token');
    return right;
  });
  if (waitSeconds === 0) return;
  reply.header('Retry-After', String(waitSeconds));
  refuse(reply, 429, 'too_many_requests', `Too many failed attempts; try again in ${waitSeconds} s.`);
}

async function token({ directory, tokens }: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const oauth = exchange(directory, tokens, request, form);
  try {
    const { accessToken, refreshToken } = await oauth.server.token(oauth.request, oauth.response);
    sendJson(reply, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: accessTokenSeconds,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    });
    return true;
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    await oauth.model.abandon(refusal !== null);
    if (refusal === null) throw thrown;
    challenge(request, reply, refusal.error);
    refuse(reply, refusal.status, refusal.error, refusal.description);
    return isGuess(refusal) ? false : undefined;
  }
}

/** RFC 7009: 200 whether the token was known or not, so that nobody learns which are. */
async function revoke({ directory, tokens }: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const oauth = exchange(directory, tokens, request, { ...form, grant_type: 'revoke' });
  const error = await oauth.server.token(oauth.request, oauth.response).catch((thrown: unknown) => thrown);
  const refusal = refusalOf(error);
  // The library has checked key and secret before it comes to the grant type, which it does not know.
  if (refusal?.error !== 'unsupported_grant_type') {
    if (refusal === null) throw error;
    challenge(request, reply, refusal.error);
    refuse(reply, refusal.status, refusal.error, refusal.description);
    return isGuess(refusal) ? false : undefined;
  }
  const text = form['token'] ?? '';
  const known = tokens.find('access', text) ?? tokens.find('refresh', text);
  if (known !== null && known.appKey === appOf(request, form)) await tokens.revokeFamily(known.family);
  // It may be known no more since it was to be revoked before, and the store took nothing then.
  else await tokens.finishRevoking();
  void reply.headers({ 'Cache-Control': 'no-store' }).code(200).send();
  return true;
}

/**
 * At a secret, code or refresh token. A mistake in the request is none, and does not make up for those before: it may
 * have been refused before anybody looked at the secret.
 */
function isGuess({ error }: { readonly error: string }): boolean {
  return error === 'invalid_client' || error === 'invalid_grant';
}

/** RFC 6749 §5.2: only for an app that tried HTTP Basic; a browser would ask its user for a login otherwise. */
function challenge({ headers }: FastifyRequest, reply: FastifyReply, error: string): void {
  if (error === 'invalid_client' && headers.authorization !== undefined) {
    reply.header('WWW-Authenticate', 'Basic realm="Partyline apps", charset="UTF-8"');
  }
}

/** As the library reads them: another letter of base64 more or less, and it would be another app that is counted. */
const basicPattern = /^ *basic +([A-Za-z0-9._~+/-]+=*) *$/i;
const loginPattern = /^([^:]*):.*$/;

/** The app's key as the library finds it: by HTTP Basic, and where that is none, in the form. */
function appOf({ headers }: FastifyRequest, form: Form): string {
  const basic = basicPattern.exec(headers.authorization ?? '')?.[1] ?? '';
  const [, key] = loginPattern.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? [];
  return key ?? form['client_id'] ?? '';
}
