import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import type { Secret } from '../../base/secret.ts';
import { type BasicCredentials, basicCredentials } from '../basic-credentials.ts';
import { type LoginAttempts, sourceOf } from '../login-attempts.ts';
import { isOfAnotherSite } from '../other-site.ts';
import { type AdministratorSession, type AdministratorSessions, checkCsrf } from './sessions.ts';

export interface Administrator {
  readonly organizationId: string;
  readonly userId: number;
  readonly roles: readonly string[];
}

/**
 * Who logged in; null when login and password do not match. Takes the same time for an unknown login. `from`: the
 * address that asks.
 */
export type VerifyLogin = (login: string, password: Secret, from: string) => Promise<Administrator | null>;

/** `holds`: whether that by which somebody was let in is good still. */
interface LetIn {
  readonly who: Administrator;
  readonly holds: () => boolean;
}

const challenge = 'Basic realm="Partyline administration", charset="UTF-8"';
/** Of a page's own requests: a browser that knows this scheme not asks nobody for a password. */
const pageChallenge = 'Session realm="Partyline administration", location="/admin/v1/session"';

/**
 * HTTP Basic (RFC 7617) against the user logins, or the cookie of a session: 401 with a challenge without a valid
 * login, 403 without the role administrator, by cookie without the token of the session, by password from a page of
 * another site, 429 when this source has failed too often. `sessions` null: there is no cookie.
 */
export class AdministratorLogin {
  readonly #verify: VerifyLogin;
  readonly #attempts: LoginAttempts;
  readonly #sessions: AdministratorSessions | null;
  readonly #let = new WeakMap<FastifyRequest, LetIn>();

  constructor(verify: VerifyLogin, attempts: LoginAttempts, sessions: AdministratorSessions | null = null) {
    this.#verify = verify;
    this.#attempts = attempts;
    this.#sessions = sessions;
  }

  /** The `onRequest` hook of every route of the administration. */
  readonly hook = (request: FastifyRequest, reply: FastifyReply): Promise<void> => this.#check(request, reply);

  /**
   * Who sent a request that passed the hook. Throws AppError `unauthenticated` where that does not hold any more: the
   * hook has seen the head of the request alone, and its body may have come half a minute later.
   */
  of(request: FastifyRequest): Administrator {
    const known = this.#let.get(request);
    if (known?.holds() !== true) throw new AppError('unauthenticated', 'Log in first.');
    return known.who;
  }

  /** A session for whoever shows these. Throws AppError as the hook does. */
  async begin(given: BasicCredentials, request: FastifyRequest, reply: FastifyReply): Promise<AdministratorSession> {
    const user = await this.#login(given, request, reply);
    if (user === null || this.#sessions === null) return refused(reply, request);
    checkRole(user);
    return this.#sessions.begin(user);
  }

  /** The session of the request's cookie. Throws AppError `unauthenticated` without one. */
  session(request: FastifyRequest, reply: FastifyReply): AdministratorSession {
    return this.#sessions?.of(request) ?? refused(reply, request);
  }

  /** Ends that session. Throws AppError `forbidden` without its token. */
  end(request: FastifyRequest, reply: FastifyReply): void {
    const session = this.session(request, reply);
    checkCsrf(request, session);
    this.#sessions?.end(session);
  }

  /** For answers that do not end: whether what let this request in still holds. */
  holds(request: FastifyRequest): () => boolean {
    return this.#let.get(request)?.holds ?? (() => false);
  }

  async #check(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const given = basicCredentials(request.headers.authorization);
    const session = request.headers.authorization === undefined ? (this.#sessions?.of(request) ?? null) : null;
    if (session !== null) {
      checkCsrf(request, session);
      // Its mark has the roles: with others it would be over.
      const holds = () => this.#sessions?.of(request) === session;
      this.#let.set(request, { who: { ...session, roles: ['administrator'] }, holds });
      return;
    }
    checkOwnPage(request);
    const user = given === null ? null : await this.#login(given, request, reply);
    if (user === null) return refused(reply, request);
    checkRole(user);
    const mark = this.#sessions?.markOf(user);
    this.#let.set(request, { who: user, holds: () => this.#sessions?.markOf(user) === mark });
  }

  async #login(given: BasicCredentials, request: FastifyRequest, reply: FastifyReply): Promise<Administrator | null> {
    const source = sourceOf(request);
    const { waitSeconds, who } = await this.#attempts.check(request.ip, given.login, () =>
      this.#verify(given.login, given.password, request.ip),
    );
    if (waitSeconds > 0) {
      reply.header('retry-after', String(waitSeconds));
      throw new AppError('tooManyRequests', `Too many failed logins; try again in ${waitSeconds} s.`);
    }
    if (who === null) request.log.warn({ source }, 'administration login failed');
    return who;
  }
}

function checkRole({ roles }: Administrator): void {
  if (roles.includes('administrator')) return;
  throw new AppError('forbidden', 'This login does not have the role administrator.');
}

/** A browser that knows the password sends it along with whatever a page of another site asks. Throws AppError. */
function checkOwnPage(request: FastifyRequest): void {
  if (['GET', 'HEAD'].includes(request.method) || !isOfAnotherSite(request)) return;
  throw new AppError('forbidden', 'A page of another site may not change anything here.');
}

/** Who opens the address by hand is asked by the browser; a page asks by itself (Fetch Metadata, Sec-Fetch-Mode). */
function refused(reply: FastifyReply, request: FastifyRequest): never {
  const mode = request.headers['sec-fetch-mode'];
  reply.header('www-authenticate', mode === undefined || mode === 'navigate' ? challenge : pageChallenge);
  throw new AppError('unauthenticated', 'Log in with the login and password of an administrator.');
}
