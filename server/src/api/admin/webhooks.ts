import type { FastifyInstance } from 'fastify';
import type { WebhookSubscription } from '../../push/webhooks/webhook-records.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface WebhookSources {
  /** Of an organization, the oldest first. */
  readonly subscriptions: (organizationId: string) => readonly WebhookSubscription[];
  /** Null: there is none any more. */
  readonly numberOf: (extensionId: string) => string | null;
  readonly nameOfType: (type: number) => string;
}

/** More than anybody reads; there may be some hundred of each extension. */
const mostShown = 500;

/** GET /admin/v1/webhooks: who wants to be told what, and of which extension; apps make them with their interface. */
export function registerWebhooks(
  http: FastifyInstance,
  login: AdministratorLogin,
  { nameOfType, numberOf, subscriptions }: WebhookSources,
): void {
  const schema = { summary: 'Webhooks that apps have asked for' } as object;
  http.get('/admin/v1/webhooks', { schema, onRequest: login.hook }, async (request) => {
    const all = subscriptions(login.of(request).organizationId);
    const webhooks = all.slice(0, mostShown).map(({ appKey, createdAt, extensionId, type, ...one }) => ({
      id: one.id,
      url: one.url,
      method: one.method,
      extension: numberOf(extensionId),
      event: nameOfType(type),
      app: appKey,
      enabled: one.enabled,
      note: one.note,
      createdAt: new Date(createdAt).toISOString(),
    }));
    return { count: all.length, webhooks };
  });
}
