import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Directory } from '../../directory/directory.ts';
import { demoAgent } from '../../directory/sandbox-organization.ts';
import { sandboxTrunkName } from '../../directory/sandbox-trunk.ts';
import type { Tokens } from '../oauth/tokens.ts';
import type { SessionLogins } from '../session-logins.ts';
import { type DemoSession, DemoSessions, demoSessionMs } from './demo-sessions.ts';
import { isLocalVisitor } from './local-visitor.ts';

export interface DemoParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: Pick<Directory, 'user' | 'app' | 'trunks'>;
  readonly tokens: Pick<Tokens, 'make' | 'keep' | 'newFamily' | 'revokeFamily'>;
  readonly sessions: Pick<SessionLogins, 'begin' | 'of'>;
  /** What can be dialled at the carrier in the box; none: it does not run. */
  readonly numbers: () => readonly { readonly number: string; readonly does: string }[];
  /** Ends what the demo agent has going on; the last visitor has gone. */
  readonly hangUp: () => void;
}

/** Why there is nothing to try here: for the start page to explain. */
type Why = 'sandboxOff' | 'noDemoAgent' | 'otherTrunks' | 'notLocal';

const cookie = 'partyline_demo';
const hidden = { schema: { hide: true } as object };

/**
 * `/demo`: what lets the start page show things without a login. Whoever opens it on this machine may be the demo agent
 * of the sandbox organization for half an hour, as long as every trunk leads to the carrier in the box: nobody outside
 * can be called, and of nobody else is anything seen (docs/sandbox.md).
 */
export function registerDemo(http: FastifyInstance, parts: DemoParts): DemoSessions {
  const { clock, random, tokens } = parts;
  const sessions = new DemoSessions(clock, random, parts.hangUp);
  const known = (request: FastifyRequest) => sessions.find(idIn(request.headers.cookie));

  http.get('/demo', hidden, (request, reply) => {
    const why = whyNot(parts, request);
    reply.header('cache-control', 'no-store');
    const numbers = why === null ? parts.numbers() : [];
    const session = why === null ? known(request) : null;
    return { available: why === null, why, numbers, conference: demoAgent.conference, session: shown(session) };
  });

  http.post('/demo/session', hidden, async (request, reply) => {
    const why = whyNot(parts, request);
    if (why !== null) throw new AppError('forbidden', 'Nothing can be tried here without a login.', { why });
    reply.header('cache-control', 'no-store');
    if (!sessions.mayBegin) {
      reply.header('retry-after', '60');
      throw new AppError('tooManyRequests', 'Too many visitors at once; try again in a minute.');
    }
    const before = known(request);
    if (before !== null) sessions.end(before.id);
    const session = await begin(parts, sessions, request, reply);
    return reply.code(201).send(shown(session));
  });

  http.delete('/demo/session', hidden, (request, reply) => {
    const session = isLocalVisitor(request) ? known(request) : null;
    if (session !== null) sessions.end(session.id);
    return reply.code(204).send();
  });

  async function begin(
    { directory, sessions: logins }: DemoParts,
    among: DemoSessions,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<DemoSession> {
    const { organizationId, userId, appKey } = demoAgent;
    const secretMark = directory.app(appKey)?.secretMark ?? '';
    const family = tokens.newFamily();
    const userAgent = request.headers['user-agent'] ?? '';
    const who = { appKey, secretMark, organizationId: Number(organizationId), userId, userAgent };
    const issued = tokens.make('access', family, who);
    await tokens.keep([issued]);
    // Somebody who is signed in here as an agent stays who they are; then there is no demo agent in this browser.
    const agent = logins.of(request);
    const free = agent === null || (agent.organizationId === organizationId && agent.userId === userId);
    const endLogin = free ? logins.begin({ organizationId, userId }, request, reply) : () => {};
    const session = among.begin(issued.text, free, () => {
      endLogin();
      tokens.revokeFamily(family).catch((error) => request.log.error({ err: error }, 'a token could not be revoked'));
    });
    const secure = request.protocol === 'https' ? '; Secure' : '';
    const age = demoSessionMs / 1000;
    reply.header(
      'set-cookie',
      `${cookie}=${session.id}; Path=/demo; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`,
    );
    return session;
  }

  http.addHook('onClose', (_http, done) => {
    sessions.close();
    done();
  });
  return sessions;
}

function whyNot({ directory, numbers }: DemoParts, request: FastifyRequest): Why | null {
  if (numbers().length === 0) return 'sandboxOff';
  const { organizationId, userId, login, appKey } = demoAgent;
  if (directory.user(organizationId, userId)?.login !== login) return 'noDemoAgent';
  const app = directory.app(appKey);
  if (app?.organizationId !== organizationId || app.userId !== userId) return 'noDemoAgent';
  if (directory.trunks.some(({ name }) => name !== sandboxTrunkName)) return 'otherTrunks';
  return isLocalVisitor(request) ? null : 'notLocal';
}

function shown(session: DemoSession | null): object | null {
  if (session === null) return null;
  const { token, isAgent, expiresAt } = session;
  return { token, isAgent, expiresAt: new Date(expiresAt).toISOString(), phone: demoAgent.phone };
}

function idIn(header: string | undefined): string | null {
  return /(?:^|;\s*)partyline_demo=([0-9a-f]{32})(?:;|$)/.exec((header ?? '').slice(0, 8192))?.[1] ?? null;
}
