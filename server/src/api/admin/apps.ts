import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { AppView } from '../../directory/directory-views.ts';
import type { StoredToken } from '../oauth/token-records.ts';
import type { AdministratorLogin } from './administrator.ts';

/** The apps, and what was handed out to them. */
export interface AppSources {
  readonly directory: { app(key: string): AppView | null };
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

/** An app as it is shown, with up to 200 of its tokens, and how many there are in all. */
export function withTokens(tokens: Pick<AppSources['tokens'], 'ofApp'>) {
  return (app: object): object => {
    const live = tokens.ofApp((app as { key: string }).key);
    return { ...app, liveTokens: live.length, tokens: live.slice(0, mostShown).map(tokenView) };
  };
}

/** DELETE /admin/v1/apps/{key}/tokens ends all tokens of an app (204); it may get new ones at once. */
export function registerApps(
  http: FastifyInstance,
  login: AdministratorLogin,
  { directory, tokens }: AppSources,
): void {
  const onRequest = login.hook;
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
