import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { Secret } from '../../base/secret.ts';
import type { AdministratorLogin } from './administrator.ts';
import { type AdministratorSession, setSessionCookie } from './sessions.ts';

/** How the user of a session is shown. */
export interface ShownUser {
  readonly id: number;
  readonly login: string | null;
  readonly firstName: string;
  readonly lastName: string;
}

const loginBody = {
  type: 'object',
  additionalProperties: false,
  required: ['login', 'password'],
  properties: {
    login: { type: 'string', minLength: 1, maxLength: 200 },
    password: { type: 'string', minLength: 1, maxLength: 1000 },
  },
} as const;

/**
 * For pages: POST /admin/v1/session logs in and sets a cookie that scripts cannot read, GET says who it is, DELETE logs
 * out. Whatever changes something needs `csrfToken` in the header X-CSRF-Token besides.
 */
export function registerSession(
  http: FastifyInstance,
  login: AdministratorLogin,
  userOf: (organizationId: string, userId: number) => ShownUser | null,
): void {
  const view = ({ organizationId, userId, csrfToken }: AdministratorSession) => {
    const user = userOf(organizationId, userId);
    const name = [user?.firstName, user?.lastName].filter((part) => part !== undefined && part !== '').join(' ');
    return { user: { id: userId, login: user?.login ?? '', name, organizationId }, csrfToken };
  };

  http.post(
    '/admin/v1/session',
    { schema: { summary: 'Log in as an administrator: sets a cookie', body: loginBody } as object },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { login: name, password } = request.body as XStatic<typeof loginBody>;
      const session = await login.begin({ login: name, password: new Secret(password) }, request, reply);
      setSessionCookie(request, reply, session.id);
      reply.header('cache-control', 'no-store');
      return view(session);
    },
  );
  http.get(
    '/admin/v1/session',
    { schema: { summary: 'Who is logged in by the cookie' } as object },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return view(login.session(request, reply));
    },
  );
  http.delete('/admin/v1/session', { schema: { summary: 'Log out' } as object }, async (request, reply) => {
    login.end(request, reply);
    setSessionCookie(request, reply, null);
    return reply.code(204).send();
  });
}
