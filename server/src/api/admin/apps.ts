import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { AppView } from '../../directory/directory-views.ts';
import type { StoredToken } from '../oauth/token-records.ts';
import type { AdministratorLogin } from './administrator.ts';

/** The apps, and what was handed out to them. */
export interface AppSources {
  readonly directory: {
    app(key: string): AppView | null;
    appsOf(organizationId: string): readonly AppView[];
  };
  readonly tokens: {
    /** That have not expired, newest first. */
    ofApp(appKey: string): readonly StoredToken[];
    /** Durable when resolved. */
    revokeApp(appKey: string): Promise<void>;
  };
}

/** An app may have a thousand of each of its users: the newest tell who uses it. */
const mostShown = 200;
const appPath = {
  type: 'object',
  required: ['key'],
  properties: { key: { type: 'string', maxLength: 100, examples: ['demo-app'] } },
} as const;

/**
 * The apps of the own organization: GET /admin/v1/apps, with up to 200 of the tokens of each, and how many there are in
 * all; DELETE /admin/v1/apps/{key}/tokens ends all of them (204), and the app may get new ones at once.
 */
export function registerApps(
  http: FastifyInstance,
  login: AdministratorLogin,
  { directory, tokens }: AppSources,
): void {
  const onRequest = login.hook;
  http.get(
    '/admin/v1/apps',
    { schema: { summary: 'Apps and their access' } as object, onRequest },
    async (request) => ({
      apps: directory.appsOf(login.of(request).organizationId).map(({ key, userId, trusted, enabled }) => {
        const live = tokens.ofApp(key);
        return {
          key,
          user: userId,
          trusted,
          enabled,
          liveTokens: live.length,
          tokens: live.slice(0, mostShown).map(tokenView),
        };
      }),
    }),
  );

  const summary = 'End all tokens of an app';
  http.delete(
    '/admin/v1/apps/:key/tokens',
    { schema: { summary, params: appPath } as object, onRequest },
    async (request, reply) => {
      const { key } = request.params as XStatic<typeof appPath>;
      if (directory.app(key)?.organizationId !== login.of(request).organizationId) {
        throw new AppError('notFound', 'No app has this key.');
      }
      await tokens.revokeApp(key);
      request.log.info({ request: request.id, app: key }, 'all tokens of an app were ended');
      return reply.code(204).send();
    },
  );
}

function tokenView({ kind, userId, issuedAt, expiresAt, userAgent }: StoredToken) {
  const times = { issuedAt: new Date(issuedAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() };
  return { kind, user: userId, ...times, userAgent };
}
