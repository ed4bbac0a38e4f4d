import OAuth2Server from '@node-oauth/oauth2-server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import { Secret } from '../../base/secret.ts';
import type { AppView } from '../../directory/directory-views.ts';
import { type LoginAttempts, sourceOf } from '../login-attempts.ts';
import type { OAuthDirectory, OAuthUser } from './apps.ts';
import { consentPage, refusalPage } from './consent-page.ts';
import { exchange, refusalOf } from './exchange.ts';
import { type Form, fields, formOf } from './form.ts';
import type { Tokens } from './tokens.ts';

interface Parts {
  readonly directory: OAuthDirectory;
  readonly tokens: Tokens;
  readonly attempts: LoginAttempts;
}

/** Of the request, and sent again with the decision. */
const carriedFields = ['response_type', 'client_id', 'redirect_uri', 'state', 'scope'] as const;
const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
} as const;
const codeSeconds = 600;
const text = { type: 'string' } as const;
const pageSchema = {
  summary: 'The page on which a user allows an app to act; for browsers',
  querystring: {
    type: 'object',
    properties: { response_type: text, client_id: text, redirect_uri: text, state: text },
  },
} as object;

/**
 * /oauth/authorize.php (RFC 6749 §4.1.1): GET, or POST with the same fields, shows a page on which the user logs in and allows or
 * denies; then the browser goes back to the app's `redirect_uri` with `code` (10 minutes) or `error`, and `state`.
 */
export function registerAuthorizeEndpoint(app: FastifyInstance, parts: Parts): void {
  app.get('/oauth/authorize.php', { schema: pageSchema }, (request, reply) =>
    ask(parts, request, reply, fields(Object.entries(request.query as object))),
  );
  app.post('/oauth/authorize.php', { schema: { hide: true } as object }, async (request, reply) => {
    const form = { ...fields(Object.entries(request.query as object)), ...formOf(request.body) };
    if (form['decision'] === undefined) return ask(parts, request, reply, form);
    return decide(parts, request, reply, form);
  });
}

async function ask({ directory }: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const found = appOf(directory, form);
  if (typeof found === 'string') return show(reply, 400, refusalPage(found));
  return show(reply, 200, pageFor(found, request, form, null));
}

async function decide(parts: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const found = appOf(parts.directory, form);
  if (typeof found === 'string') return show(reply, 400, refusalPage(found));
  if (form['decision'] !== 'allow') return authorize(parts, request, reply, { ...form, allowed: 'false' }, nobody);
  const login = form['login'] ?? '';
  const source = sourceOf(request);
  const again = (status: number, mistake: string) => show(reply, status, pageFor(found, request, form, mistake));
  let user: OAuthUser | null = null;
  const { waitSeconds } = await parts.attempts.check(source, login, async () => {
    const verified = await verify(parts.directory, login, new Secret(form['password'] ?? ''));
    if (verified?.organizationId === found.organizationId) user = verified;
    return user !== null;
  });
  if (waitSeconds > 0) {
    reply.header('Retry-After', String(waitSeconds));
    return again(429, `Too many failed logins; try again in ${waitSeconds} seconds.`);
  }
  // Assigned inside: the compiler does not see it.
  const allowing = user as OAuthUser | null;
  if (allowing === null) {
    request.log.warn({ source }, 'a login on the consent page failed');
    return again(401, 'Login and password do not match.');
  }
  const who = { organizationId: Number(allowing.organizationId), userId: allowing.userId };
  return authorize(parts, request, reply, { ...form, allowed: 'true' }, who);
}

const nobody = { organizationId: 0, userId: 0 };

/** Lets the library make the code and the way back; its redirections are ours to send, also those with an error. */
async function authorize(
  { directory, tokens }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Form,
  user: { readonly organizationId: number; readonly userId: number },
): Promise<void> {
  const oauth = exchange(directory, tokens, request, form);
  try {
    const authenticateHandler = { handle: () => user };
    await oauth.server.authorize(oauth.request, oauth.response, {
      authenticateHandler,
      authorizationCodeLifetime: codeSeconds,
    });
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal === null) throw thrown;
    if (!(oauth.response instanceof OAuth2Server.Response) || oauth.response.headers?.['location'] === undefined) {
      return show(reply, refusal.status, refusalPage(refusal.description));
    }
  }
  const to = oauth.response.headers?.['location'] ?? '/';
  void reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer').redirect(to, 302);
}

/** The app, or why it cannot be asked for: told to the user, since a wrong `redirect_uri` may be anybody's. */
function appOf(directory: OAuthDirectory, form: Form): AppView | string {
  const app = directory.app(form['client_id'] ?? '');
  if (app === null) return 'The app is not known here: its client_id is missing or wrong.';
  if (!app.enabled) return 'The app is disabled here.';
  const uri = form['redirect_uri'];
  if (app.redirectUris.length === 0) return 'The app is registered without any redirect_uri, so it cannot ask users.';
  if (uri !== undefined && !app.redirectUris.includes(uri)) {
    return 'The app named a redirect_uri that it is not registered with.';
  }
  return app;
}

async function verify(directory: OAuthDirectory, login: string, password: Secret): Promise<OAuthUser | null> {
  try {
    return await directory.verifyLogin(login, password);
  } catch (error) {
    if (error instanceof AppError && error.code === 'tooManyRequests') return null;
    throw error;
  }
}

function pageFor(app: AppView, request: FastifyRequest, form: Form, mistake: string | null): string {
  const carried: Record<string, string> = {};
  for (const name of carriedFields) if (form[name] !== undefined) carried[name] = form[name];
  return consentPage({ app: app.key, host: request.host, carried, mistake });
}

function show(reply: FastifyReply, status: number, html: string): void {
  void reply.code(status).headers(pageHeaders).send(html);
}
