import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { Deliveries } from '../../push/webhooks/deliveries.ts';
import type { WaitingDelivery, WebhookSubscription } from '../../push/webhooks/webhook-records.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface WebhookDeliverySources {
  readonly now: () => number;
  readonly deliveries: Pick<Deliveries, 'waiting' | 'waitingCount' | 'done' | 'retry'>;
  /** Null: it has been removed since. */
  readonly subscription: (id: string) => WebhookSubscription | null;
}

const deliveryPath = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer', minimum: 0 } },
} as const;

const deliveriesQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    state: { enum: ['waiting', 'delivered', 'givenUp', 'dropped'] },
    limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
  },
} as const;

/**
 * GET /admin/v1/webhook-deliveries: what waits to be told to webhooks of the organization, with its attempts, and the
 * last that were done since the start; POST …/{id}/retry sends one that waits now, and one that was given up once
 * more.
 */
export function registerWebhookDeliveries(
  http: FastifyInstance,
  login: AdministratorLogin,
  { deliveries, now, subscription }: WebhookDeliverySources,
): void {
  const onRequest = login.hook;
  /** Lanes are of one organization each, and begin with it. */
  const isOf = (organizationId: string, { lane }: WaitingDelivery): boolean => lane.startsWith(`${organizationId} `);
  const view = ({ at, position, subscriptionId }: WaitingDelivery) => {
    const to = subscription(subscriptionId);
    const whereTo = to === null ? null : { id: to.id, url: to.url, method: to.method, enabled: to.enabled };
    return { id: position, subscription: whereTo, at: new Date(at).toISOString() };
  };

  http.get(
    '/admin/v1/webhook-deliveries',
    {
      schema: { summary: 'What webhooks have still to be told, and were', querystring: deliveriesQuery } as object,
      onRequest,
    },
    async (request) => {
      const { organizationId } = login.of(request);
      const { limit, state } = request.query as XStatic<typeof deliveriesQuery>;
      const isAsked = (one: typeof state) => state === undefined || state === one;
      // No more of them is looked at than is told: a receiver that is down has thousands.
      const waiting = deliveries
        .waiting(organizationId, isAsked('waiting') ? limit : 0)
        .map(({ attempts, delivery, dueInMs, lastStatus }) => ({
          ...view(delivery),
          state: 'waiting' as const,
          attempts,
          lastStatus,
          nextAttemptAt: new Date(now() + dueInMs).toISOString(),
          doneAt: null,
        }));
      const done = deliveries
        .done()
        .filter(({ delivery, how }) => isAsked(how) && isOf(organizationId, delivery))
        .map(({ at, attempts, delivery, how, lastStatus }) => ({
          ...view(delivery),
          state: how,
          attempts,
          lastStatus,
          nextAttemptAt: null,
          doneAt: new Date(at).toISOString(),
        }));
      const all = [...waiting, ...done];
      return { waiting: deliveries.waitingCount(organizationId), deliveries: all.slice(0, limit) };
    },
  );

  http.post(
    '/admin/v1/webhook-deliveries/:id/retry',
    {
      schema: { summary: 'Send a webhook that waits, or was given up, now', params: deliveryPath } as object,
      onRequest,
    },
    async (request, reply) => {
      const { organizationId } = login.of(request);
      const { id } = request.params as XStatic<typeof deliveryPath>;
      const resent = deliveries.retry(organizationId, id);
      if (resent === 'unknown') throw new AppError('notFound', 'No webhook that waits or was given up has this id.');
      if (resent === 'busy')
        throw new AppError('tooManyRequests', 'Too many webhooks are being sent again at once; try again shortly.');
      return reply.code(202).send({ id });
    },
  );
}
