import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Secret } from '../../../base/secret.ts';
import type { Directory } from '../../../directory/directory.ts';
import type { LoginAttempts } from '../../login-attempts.ts';
import { checkTenant } from './discovery.ts';
import { PortalError, tooManyRequests } from './errors.ts';
import type { PortalLogin, PortalTokens } from './portal-tokens.ts';
import { fieldOf, fieldsOf } from './request-fields.ts';
import { loginSchema, logoutSchema } from './schemas.ts';

export interface LoginParts {
  readonly directory: Directory;
  readonly tokens: PortalTokens;
  readonly attempts: LoginAttempts;
  readonly baseOf: (request: FastifyRequest) => string;
}

/** The token of `UPToken <token>`; null when this is something else. */
function upToken(authorization: string | undefined): string | null {
  return authorization === undefined ? null : (/^UPToken +(\S+)\s*$/i.exec(authorization)?.[1] ?? null);
}

/** Who `Authorization: UPToken …` says is logged in; null without one. Throws PortalError for one that is not good. */
export async function loginOf(tokens: PortalTokens, authorization: string | undefined): Promise<PortalLogin | null> {
  const token = upToken(authorization);
  if (token === null) return null;
  const login = await tokens.login(token);
  if (typeof login === 'object') return login;
  if (login === 'expired') throw new PortalError('ERC_AUTH_TOKEN_EXPIRED', 'The login has expired; log in again.');
  throw new PortalError('ERC_AUTH_TOKEN_INVALID', 'This token was not issued by this portal.');
}

/**
 * `login`: version 1 with login and password in the body, 2 with them in `Authorization: UnifiedPortal …`; or a token,
 * to see that it is good.
 */
export function registerLogin(app: FastifyInstance, parts: LoginParts): void {
  const { tokens } = parts;
  for (const path of ['/tenants/:alias/authentication', '/authentication']) {
    app.post(`${path}/login`, { schema: loginSchema }, async (request) => {
      checkTenants(request);
      const known = await loginOf(tokens, request.headers.authorization);
      const login = known ?? (await checked(parts, request));
      const { token, expiresAt } = await tokens.forLogin(parts.baseOf(request), login);
      return {
        token,
        encryptedPassword: null,
        expirationTime: expiresAt,
        loginId: login.login,
        oauth2Authentication: false,
      };
    });
    app.post(`${path}/logout`, { schema: logoutSchema }, async (request) => {
      checkTenants(request);
      const token = upToken(request.headers.authorization);
      if (token !== null) await tokens.takeBack(token);
      return { success: true };
    });
    app.post(`${path}/getUserType`, { schema: { hide: true } as object }, async (request) => {
      checkTenants(request);
      return { isLocal: true };
    });
  }
}

/** The tenant may be named in the path, and in the body. */
function checkTenants({ params, body }: FastifyRequest): void {
  const named = [fieldOf(fieldsOf(params), 'alias', 1000), fieldOf(fieldsOf(body), 'organizationAlias', 200)];
  for (const alias of named) if (alias !== null && alias !== '') checkTenant(alias);
}

async function checked({ directory, attempts }: LoginParts, request: FastifyRequest): Promise<PortalLogin> {
  const given = credentialsOf(request);
  if (given === null) throw new PortalError('ERC_MISSING_REQUEST_PARAM', 'login and password are missing.');
  const { waitSeconds, who } = await attempts.check(request.ip, given.login, () =>
    directory.verifyLogin(given.login, given.password, request.ip),
  );
  if (waitSeconds > 0) throw tooManyRequests('Too many failed logins; try again later.', waitSeconds);
  if (who === null) throw new PortalError('ERC_AUTH_USER_NAME', 'Login or password is wrong.');
  const { organizationId, userId, login } = who;
  const user = directory.user(organizationId, userId);
  const name = `${user?.firstName ?? ''} ${user?.lastName ?? ''}`.trim();
  return { organizationId, userId, login, name: name || login };
}

function credentialsOf({ headers, body }: FastifyRequest): { login: string; password: Secret } | null {
  const inHeader = /^UnifiedPortal +([A-Za-z0-9+/=]{1,1000})\s*$/i.exec(headers.authorization ?? '')?.[1];
  if (inHeader !== undefined) {
    const [, login, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(inHeader, 'base64').toString('utf8')) ?? [];
    return login === undefined || password === undefined ? null : { login, password: new Secret(password) };
  }
  const fields = fieldsOf(body);
  const login = fieldOf(fields, 'login', 200);
  const password = fieldOf(fields, 'password', 200);
  return login === null || password === null ? null : { login, password: new Secret(password) };
}
