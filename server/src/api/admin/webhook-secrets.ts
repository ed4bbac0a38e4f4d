import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { AppView } from '../../directory/directory-views.ts';
import type { StoredWebhookSecret } from '../../push/webhooks/webhook-records.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface WebhookSecretSources {
  readonly directory: { app(key: string): AppView | null };
  readonly secrets: {
    /** That sign now, the one in use first. */
    of(appKey: string): readonly StoredWebhookSecret[];
    /** There is one afterwards. */
    ensure(appKey: string): Promise<void>;
    /** Puts a new one to use; throws AppError conflict where the configuration gives it. */
    rotate(appKey: string): Promise<void>;
  };
}

const appPath = {
  type: 'object',
  required: ['key'],
  properties: { key: { type: 'string', maxLength: 100, examples: ['demo-app'] } },
} as const;

/**
 * What webhooks of an app are signed with: GET /admin/v1/apps/{key}/webhook-secrets shows them, POST to the same puts a
 * new one to use. The one before signs along for a time (`expiresAt`), so that receivers can be changed one after the
 * other.
 */
export function registerWebhookSecrets(
  http: FastifyInstance,
  login: AdministratorLogin,
  { directory, secrets }: WebhookSecretSources,
): void {
  const onRequest = login.hook;
  const path = '/admin/v1/apps/:key/webhook-secrets';
  const appOf = (request: FastifyRequest): string => {
    const { key } = request.params as XStatic<typeof appPath>;
    if (directory.app(key)?.organizationId === login.of(request).organizationId) return key;
    throw new AppError('notFound', 'No app has this key.');
  };
  const shown = (key: string) => ({
    secrets: secrets.of(key).map(({ secret, createdAt, expiresAt }) => ({
      secret,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    })),
  });

  const seen = { summary: 'What webhooks of an app are signed with', params: appPath } as object;
  http.get(path, { schema: seen, onRequest }, async (request, reply) => {
    const key = appOf(request);
    await secrets.ensure(key);
    reply.header('cache-control', 'no-store');
    return shown(key);
  });
  const changed = { summary: 'Sign webhooks of an app with a new secret', params: appPath } as object;
  http.post(path, { schema: changed, onRequest }, async (request, reply) => {
    const key = appOf(request);
    await secrets.rotate(key);
    request.log.info({ request: request.id, app: key }, 'webhooks of an app are signed with a new secret');
    reply.header('cache-control', 'no-store');
    return shown(key);
  });
}
