import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Directory } from '../../../../directory/directory.ts';
import { type BasicCredentials, basicCredentials } from '../../../basic-credentials.ts';
import { type LoginAttempts, sourceOf } from '../../../login-attempts.ts';
import { type Closing, whenClosed } from '../../../when-closed.ts';
import type { Agent } from '../agent.ts';
import { WebServicesError } from '../errors.ts';
import { sessionCookie, sessionIdsIn } from './cookie.ts';
import { showsToken } from './csrf.ts';
import type { Session, Sessions } from './sessions.ts';

export interface AccessOptions {
  readonly directory: Pick<Directory, 'verifyLogin' | 'user'>;
  readonly sessions: Sessions;
  readonly attempts: LoginAttempts;
  /** Pages of other sites may ask. */
  readonly crossSite: boolean;
}

/** Who asks: by a login with the request (HTTP Basic), which begins a session, or by the cookie of one alone. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Throws WebServicesError `notAuthenticated`. `byCookie`: the request named the session itself. */
  async of(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly agent: Agent; readonly byCookie: boolean }> {
    const { authorization, cookie } = request.headers;
    if (authorization === undefined) {
      const agent = this.byCookie(cookie);
      if (agent === null) throw denied('Access denied');
      return { agent, byCookie: true };
    }
    const credentials = basicCredentials(authorization);
    if (credentials === null) throw denied('Access denied');
    const who = await this.#logIn(credentials, request, reply);
    const known = this.byCookie(cookie);
    if (known !== null && isOf(known.session, who)) return { agent: known, byCookie: true };
    const user = this.#options.directory.user(who.organizationId, who.userId);
    if (user === null) throw denied('Access denied');
    return { agent: { user, session: this.begin(who, request, reply) }, byCookie: false };
  }

  /** A session of somebody who is known to be that user. */
  begin(who: Pick<Session, 'organizationId' | 'userId'>, request: FastifyRequest, reply: FastifyReply): Session {
    const session = this.#options.sessions.begin(who);
    const { crossSite } = this.#options;
    reply.header('set-cookie', sessionCookie(session.id, { secure: request.protocol === 'https', crossSite }));
    return session;
  }

  /** As long as this connection is open, the session by which it was let in is in use. */
  holdWhile(open: Closing, { session }: Agent): void {
    whenClosed(open, this.#options.sessions.hold(session));
  }

  /** Whose session a header `Cookie` names; null: nobody's that is there. */
  byCookie(cookie: string | undefined): Agent | null {
    for (const id of sessionIdsIn(cookie)) {
      const session = this.#options.sessions.use(id);
      const user = session === null ? null : this.#options.directory.user(session.organizationId, session.userId);
      if (session !== null && user !== null) return { user, session };
    }
    return null;
  }

  /** As `byCookie`, at another interface: with `csrf` the request has to show the token of the session. */
  elsewhere({ headers }: FastifyRequest, csrf: boolean): Agent | null {
    const agent = this.byCookie(headers.cookie);
    return agent === null || (csrf && !showsToken(headers, agent.session)) ? null : agent;
  }

  async #logIn({ login, password }: BasicCredentials, request: FastifyRequest, reply: FastifyReply) {
    const { directory, attempts } = this.#options;
    const source = sourceOf(request);
    const { waitSeconds, who } = await attempts.check(request.ip, login, () =>
      directory.verifyLogin(login, password, request.ip),
    );
    if (waitSeconds > 0) {
      reply.header('retry-after', String(waitSeconds));
      throw denied(`Too many failed logins; try again in ${waitSeconds} s.`, 429);
    }
    if (who === null) {
      request.log.warn({ source }, 'login failed');
      throw denied('Access denied');
    }
    return who;
  }
}

/**
 * Once more when something is about to come of a request: its body may have come long after its head. Throws
 * WebServicesError `notAuthenticated`.
 */
export function checkLogin({ agent }: Pick<FastifyRequest, 'agent'>): void {
  if (agent.session.loginOver) throw denied('Access denied');
}

function isOf(session: Session, who: Pick<Session, 'organizationId' | 'userId'>): boolean {
  return session.organizationId === who.organizationId && session.userId === who.userId;
}

export function denied(message: string, status?: number): WebServicesError {
  return new WebServicesError('notAuthenticated', message, status);
}
