import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import { Secret } from '../../base/secret.ts';
import { type LoginAttempts, sourceOf } from '../login-attempts.ts';
import type { OAuthDirectory } from './apps.ts';
import { type AskingApp, askingApp, backTo, mistakeOf, notAsking, stateOf } from './authorize-request.ts';
import { consentPage, refusalPage } from './consent-page.ts';
import { exchange, isStoreFailure, refusalOf } from './exchange.ts';
import { type Form, fields, formOf } from './form.ts';
import type { Tokens } from './tokens.ts';

interface Parts {
  readonly directory: OAuthDirectory;
  readonly tokens: Tokens;
  readonly attempts: LoginAttempts;
  /** The server's own name in OAuth: its address. */
  readonly issuerOf: (request: FastifyRequest) => string;
}

/** Of the request, and sent again with the decision. */
const carriedFields = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
] as const;
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
    properties: {
      response_type: { ...text, description: 'code' },
      client_id: text,
      redirect_uri: { ...text, description: 'Exactly as the app is registered with it' },
      state: { ...text, description: 'Comes back with the answer' },
      code_challenge: { ...text, description: 'PKCE (RFC 7636): the code then needs its code_verifier' },
      code_challenge_method: { ...text, description: 'S256' },
    },
  },
} as object;

/**
 * /oauth/authorize.php (RFC 6749 §4.1.1): GET, or POST with the same fields, shows a page on which the user logs in and
 * allows or denies; then the browser goes back to the app's `redirect_uri` with `code` (10 minutes) or `error`, `state`
 * and `iss`. What is wrong with a request of a known app is told to the app in the same way, at once.
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

async function ask(parts: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const found = askingApp(parts.directory, form);
  if (typeof found === 'string') return refuseToAsk(request, reply, form, found);
  const mistake = mistakeOf(form);
  if (mistake !== null) return goBack(parts, request, reply, { form, found, answer: refused(mistake) });
  return show(reply, 200, pageFor(found, request, form, null));
}

function refuseToAsk(request: FastifyRequest, reply: FastifyReply, form: Form, why: string): void {
  request.log.info({ app: (form['client_id'] ?? '').slice(0, 80), why }, 'an app could not ask a user');
  show(reply, 400, refusalPage(notAsking));
}

async function decide(parts: Parts, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const found = askingApp(parts.directory, form);
  if (typeof found === 'string') return refuseToAsk(request, reply, form, found);
  const mistake = mistakeOf(form);
  if (mistake !== null) return goBack(parts, request, reply, { form, found, answer: refused(mistake) });
  if (form['decision'] !== 'allow') {
    const denied = { error: 'access_denied', description: 'The user denied access' };
    return goBack(parts, request, reply, { form, found, answer: refused(denied) });
  }
  const login = form['login'] ?? '';
  const source = sourceOf(request);
  const again = (status: number, mistake: string) => show(reply, status, pageFor(found, request, form, mistake));
  const password = new Secret(form['password'] ?? '');
  const checked = await parts.attempts
    .check(request.ip, login, async () => {
      const verified = await parts.directory.verifyLogin(login, password, request.ip);
      return verified?.organizationId === found.app.organizationId ? verified : null;
    })
    .catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'tooManyRequests') return null;
      throw error;
    });
  if (checked === null) return again(429, 'Too many logins at once; try again shortly.');
  const { waitSeconds, who: user } = checked;
  if (waitSeconds > 0) {
    reply.header('Retry-After', String(waitSeconds));
    return again(429, `Too many failed logins; try again in ${waitSeconds} seconds.`);
  }
  if (user === null) {
    request.log.warn({ source }, 'a login on the consent page failed');
    return again(401, 'Login and password do not match.');
  }
  const who = { organizationId: Number(user.organizationId), userId: user.userId };
  return goBack(parts, request, reply, { form, found, answer: await authorize(parts, request, form, who) });
}

/** Lets the library make the code; the way back is ours. Gives what the app is told. */
async function authorize(
  { directory, tokens }: Parts,
  request: FastifyRequest,
  form: Form,
  user: { readonly organizationId: number; readonly userId: number },
): Promise<Answer> {
  const oauth = exchange(directory, tokens, request, form);
  try {
    const authenticateHandler = { handle: () => user };
    const made = await oauth.server.authorize(oauth.request, oauth.response, {
      authenticateHandler,
      authorizationCodeLifetime: codeSeconds,
    });
    return { code: made.authorizationCode };
  } catch (thrown) {
    if (isStoreFailure(thrown)) {
      return refused({ error: 'temporarily_unavailable', description: 'Nothing can be stored now. Try again later.' });
    }
    const refusal = refusalOf(thrown);
    if (refusal === null) throw thrown;
    return refused(refusal);
  }
}

/** What the app is told: a code, or why there is none. */
type Answer = Readonly<Record<string, string>>;

function refused({ error, description }: { readonly error: string; readonly description: string }): Answer {
  return { error, error_description: description };
}

/** Only ever to an address that the app is registered with. 303: no browser sends the login on (RFC 9700 §4.12). */
function goBack(
  { issuerOf }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  { form, found, answer }: { readonly form: Form; readonly found: AskingApp; readonly answer: Answer },
): void {
  const to = backTo(found.redirectUri, answer, { state: stateOf(form), issuer: issuerOf(request) });
  void reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer').redirect(to, 303);
}

function pageFor({ app }: AskingApp, request: FastifyRequest, form: Form, mistake: string | null): string {
  const carried: Record<string, string> = {};
  for (const name of carriedFields) if (form[name] !== undefined) carried[name] = form[name];
  return consentPage({ app: app.key, host: request.host, carried, mistake });
}

function show(reply: FastifyReply, status: number, html: string): void {
  void reply.code(status).headers(pageHeaders).send(html);
}
