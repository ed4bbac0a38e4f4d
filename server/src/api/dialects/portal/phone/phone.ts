import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../../base/clock.ts';
import { RateLimit } from '../../../../base/rate-limit.ts';
import type { Directory } from '../../../../directory/directory.ts';
import type { ExtensionView } from '../../../../directory/directory-views.ts';
import { basicCredentials } from '../../../basic-credentials.ts';
import { readJson } from '../../../json-depth.ts';
import type { LoginAttempts } from '../../../login-attempts.ts';
import type { SessionLogins, SessionUser } from '../../../session-logins.ts';
import type { IceServers } from '../ice-servers.ts';
import { allowAnyOrigin } from '../plugin.ts';
import type { PortalLogin } from '../portal-tokens.ts';
import { Problem } from '../problem.ts';
import { fieldOf, fieldsOf } from '../request-fields.ts';
import { tellProblem } from '../whip-problem.ts';
import type { PhoneLines } from './phone-lines.ts';
import { phoneMoves } from './phone-moves.ts';

export interface PhoneParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly attempts: LoginAttempts;
  readonly sessions: SessionLogins;
  readonly lines: PhoneLines;
  readonly iceServers: IceServers;
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly baseOf: (request: FastifyRequest) => string;
}

const bodyLimit = 4096;
const signInsPerSecond = 5;
const signInsBurst = 50;
const longestAgent = 200;
const hidden = { schema: { hide: true } as object, config: { secretPath: true } };

/** `/phone`: a browser signs in as a phone of an extension. docs/protocols/webrtc.md. */
export function registerPhone(app: FastifyInstance, parts: PhoneParts): void {
  const { clock, lines } = parts;
  const pace = new RateLimit({ perSecond: signInsPerSecond, burst: signInsBurst });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit },
    async (_request: unknown, text: string) => (text === '' ? {} : readJson(text)),
  );
  app.addHook('onRequest', (_request, reply, next) => {
    allowAnyOrigin(reply, 'GET, POST, DELETE, OPTIONS', 'Location, Retry-After');
    next();
  });
  app.setErrorHandler(tellProblem);
  const options = (_request: FastifyRequest, reply: FastifyReply) => reply.code(204).send();
  app.options('/phone', hidden, options);
  app.options('/phone/*', hidden, options);
  app.post('/phone', phoneSchema, async (request, reply) => {
    if (!pace.admit(request.ip, clock.monotonic())) {
      throw new Problem(429, 'tooManyRequests', 'Too many requests from this address.', 1);
    }
    const user = await whoAsks(parts, request);
    const number = fieldOf(fieldsOf(request.body), 'extension', 40);
    const extension = phoneOf(parts.directory, user, number);
    const agent = String(request.headers['user-agent'] ?? 'browser').slice(0, longestAgent);
    const line = lines.open(extension, agent, () => isStillOf(parts.directory, user, extension));
    const { id, callerId, extendedNumber, number: short } = extension;
    return reply
      .code(201)
      .header('location', `${parts.baseOf(request)}/phone/${line.id}`)
      .header('cache-control', 'no-store')
      .send({
        phone: line.id,
        extension: { id, number: short, extendedNumber, name: callerId.name },
        expiresAt: new Date(line.expiresAt).toISOString(),
        iceServers: parts.iceServers.fresh(),
      });
  });
  app.get<{ Params: { id: string } }>('/phone/:id', hidden, async (request, reply) => {
    if (!pace.admit(request.ip, clock.monotonic())) {
      throw new Problem(429, 'tooManyRequests', 'Too many requests from this address.', 1);
    }
    const line = lines.find(request.params.id);
    if (line === null) throw new Problem(404, 'phoneNotFound', 'There is no such phone.');
    return reply
      .header('cache-control', 'no-store')
      .send({ expiresAt: new Date(line.expiresAt).toISOString(), iceServers: parts.iceServers.fresh() });
  });
  app.delete<{ Params: { id: string } }>('/phone/:id', hidden, async (request, reply) => {
    const line = lines.find(request.params.id);
    if (line === null) throw new Problem(404, 'phoneNotFound', 'There is no such phone.');
    lines.end(line, 'signedOut');
    return reply.code(204).send();
  });
  app.register(phoneMoves(parts));
}

/**
 * By login and password (HTTP Basic), a login of the portal (`UPToken`), or the session of another interface. That a
 * page of another origin cannot show: the body has to be JSON, so that a browser asks first.
 */
async function whoAsks(parts: PhoneParts, request: FastifyRequest): Promise<SessionUser> {
  const { authorization } = request.headers;
  const known = authorization === undefined ? parts.sessions.of(request) : await parts.loginOf(authorization);
  if (known !== null && authorization === undefined && !isJson(request)) {
    throw new Problem(415, 'wrongContentType', 'With a session the Content-Type of the body must be application/json.');
  }
  if (known !== null) return known;
  const credentials = basicCredentials(authorization);
  if (credentials === null) throw new Problem(401, 'loginNeeded', 'A login and its password are needed.');
  const { login, password } = credentials;
  const { waitSeconds, who } = await parts.attempts.check(request.ip, login, () =>
    parts.directory.verifyLogin(login, password, request.ip),
  );
  if (waitSeconds > 0) {
    throw new Problem(429, 'tooManyLogins', 'Too many failed logins; try again later.', waitSeconds);
  }
  if (who === null) throw new Problem(401, 'loginWrong', 'Login or password is wrong.');
  return who;
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

function phoneOf(directory: Directory, user: SessionUser, number: string | null): ExtensionView {
  const own = directory.extensionsOfUser(user.organizationId, user.userId).filter(({ type }) => type === 'terminal');
  const found = own.find((one) => number === null || one.number === number || one.extendedNumber === number);
  if (found !== undefined) return found;
  throw number === null
    ? new Problem(404, 'noExtension', 'This user has no extension for a phone.')
    : new Problem(403, 'extensionNotYours', 'This user has no extension of that number.');
}

function isStillOf(directory: Directory, { organizationId, userId }: SessionUser, { id }: ExtensionView): boolean {
  const extension = directory.extensionById(id);
  const user = directory.user(organizationId, userId);
  return user !== null && extension?.userId === userId && extension.organizationId === organizationId;
}

const phoneSchema = {
  schema: {
    tags: ['portal'],
    security: [] as { readonly [label: string]: readonly string[] }[],
    summary: 'Sign in as a phone of an extension',
    description:
      'With HTTP Basic, `UPToken`, or the session of the voice interface; `{"extension"}` chooses one of several. 201 with `Location`: its `/events` is the WebSocket by which the browser rings, answers and dials.',
  } as object,
};
