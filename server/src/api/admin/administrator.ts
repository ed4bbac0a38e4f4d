import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import { Secret } from '../../base/secret.ts';
import { sourceKey } from '../../base/source-key.ts';
import type { LoginGuard } from './login-guard.ts';

export interface Administrator {
  readonly organizationId: string;
  readonly roles: readonly string[];
}

/** Who logged in; null when login and password do not match. Takes the same time for an unknown login. */
export type VerifyLogin = (login: string, password: Secret) => Promise<Administrator | null>;

const challenge = 'Basic realm="Partyline administration", charset="UTF-8"';
const maxHeader = 1024;

/**
 * HTTP Basic (RFC 7617) against the user logins: 401 with a challenge without a valid login, 403 without the role administrator, 429
 * when this source has failed too often.
 */
export class AdministratorLogin {
  readonly #verify: VerifyLogin;
  readonly #guard: LoginGuard;
  readonly #who = new WeakMap<FastifyRequest, Administrator>();

  constructor(verify: VerifyLogin, guard: LoginGuard) {
    this.#verify = verify;
    this.#guard = guard;
  }

  /** The `onRequest` hook of every route of the administration. */
  readonly hook = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
    this.#guard.inTurn(sourceOf(request), () => this.#check(request, reply));

  /** Who sent a request that passed the hook. */
  of(request: FastifyRequest): Administrator {
    const administrator = this.#who.get(request);
    if (administrator === undefined) throw new AppError('unauthenticated', 'Log in first.');
    return administrator;
  }

  async #check(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wait = this.#guard.waitSeconds(sourceOf(request));
    if (wait > 0) {
      reply.header('retry-after', String(wait));
      throw new AppError('tooManyRequests', `Too many failed logins from this address; try again in ${wait} s.`);
    }
    const given = credentialsOf(request.headers.authorization);
    const user = given === null ? null : await this.#verify(given.login, given.password);
    if (user === null) {
      if (given !== null) {
        this.#guard.failed(sourceOf(request));
        request.log.warn({ source: sourceOf(request) }, 'administration login failed');
      }
      reply.header('www-authenticate', challenge);
      throw new AppError('unauthenticated', 'Log in with the login and password of an administrator.');
    }
    this.#guard.succeeded(sourceOf(request));
    if (!user.roles.includes('administrator')) {
      throw new AppError('forbidden', 'This login does not have the role administrator.');
    }
    this.#who.set(request, user);
  }
}

function sourceOf(request: FastifyRequest): string {
  return sourceKey(request.ip);
}

function credentialsOf(header: string | undefined): { login: string; password: Secret } | null {
  if (header === undefined || header.length > maxHeader || !/^basic /i.test(header)) return null;
  const text = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { login: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) };
}
