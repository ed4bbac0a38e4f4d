import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import type { Secret } from '../../base/secret.ts';
import { type BasicCredentials, basicCredentials } from '../basic-credentials.ts';
import { type LoginAttempts, sourceOf } from '../login-attempts.ts';

export interface Administrator {
  readonly organizationId: string;
  readonly roles: readonly string[];
}

/** Who logged in; null when login and password do not match. Takes the same time for an unknown login. */
export type VerifyLogin = (login: string, password: Secret) => Promise<Administrator | null>;

const challenge = 'Basic realm="Partyline administration", charset="UTF-8"';

/**
 * HTTP Basic (RFC 7617) against the user logins: 401 with a challenge without a valid login, 403 without the role
 * administrator, 429 when this source has failed too often.
 */
export class AdministratorLogin {
  readonly #verify: VerifyLogin;
  readonly #attempts: LoginAttempts;
  readonly #who = new WeakMap<FastifyRequest, Administrator>();

  constructor(verify: VerifyLogin, attempts: LoginAttempts) {
    this.#verify = verify;
    this.#attempts = attempts;
  }

  /** The `onRequest` hook of every route of the administration. */
  readonly hook = (request: FastifyRequest, reply: FastifyReply): Promise<void> => this.#check(request, reply);

  /** Who sent a request that passed the hook. */
  of(request: FastifyRequest): Administrator {
    const administrator = this.#who.get(request);
    if (administrator === undefined) throw new AppError('unauthenticated', 'Log in first.');
    return administrator;
  }

  async #check(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const given = basicCredentials(request.headers.authorization);
    const user = given === null ? null : await this.#login(given, request, reply);
    if (user === null) {
      reply.header('www-authenticate', challenge);
      throw new AppError('unauthenticated', 'Log in with the login and password of an administrator.');
    }
    if (!user.roles.includes('administrator')) {
      throw new AppError('forbidden', 'This login does not have the role administrator.');
    }
    this.#who.set(request, user);
  }

  async #login(given: BasicCredentials, request: FastifyRequest, reply: FastifyReply): Promise<Administrator | null> {
    const source = sourceOf(request);
    const { waitSeconds, who } = await this.#attempts.check(source, given.login, () =>
      this.#verify(given.login, given.password),
    );
    if (waitSeconds > 0) {
      reply.header('retry-after', String(waitSeconds));
      throw new AppError('tooManyRequests', `Too many failed logins; try again in ${waitSeconds} s.`);
    }
    if (who === null) request.log.warn({ source }, 'administration login failed');
    return who;
  }
}
