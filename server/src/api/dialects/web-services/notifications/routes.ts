import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../../base/app-error.ts';
import { maySubscribe } from '../../../../push/bayeux/channel-pattern.ts';
import type { LiveOwner } from '../../../../push/live/bayeux-notes.ts';
import type { LiveNotifications } from '../../../../push/live/live-notifications.ts';
import { type ReplayStart, readReplayStart } from '../../../../push/live/replay-start.ts';
import { registerBayeux } from '../../../bayeux/bayeux-routes.ts';
import { eventStream } from '../../../event-stream.ts';
import { refuseMethod } from '../route.ts';

export interface NotificationRoutes {
  readonly notifications: LiveNotifications;
  /** Who asks: known by then, since whoever is nobody was refused before. */
  readonly ownerOf: (request: FastifyRequest) => LiveOwner;
}

const tags = ['notifications'];

/**
 * What is told live: CometD at `/notifications`, the same as Server-Sent Events at `/me/events`. Below the root of the
 * interface.
 */
export function registerNotifications(app: FastifyInstance, { notifications, ownerOf }: NotificationRoutes): void {
  app.register(async (scope) => {
    await registerBayeux(scope, {
      path: '/notifications',
      server: notifications.bayeux,
      ownerOf: async (request) => {
        await notifications.wake();
        return ownerOf(request);
      },
      refuseBatch: () => {
        throw new AppError('invalidArgument', 'This is no batch of Bayeux messages.');
      },
      refuseSocket: () => {
        throw new AppError('tooManyRequests', 'This user has too many WebSockets.');
      },
      refuseMethod: refuseMethod(['POST']),
    });
  });
  for (const url of ['/me/events', '/me/events/']) {
    const others = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
    app.route({ method: others, url, schema: { hide: true } as object, handler: refuseMethod(['GET']) });
    const schema = url.endsWith('/') ? { hide: true } : streamSchema;
    app.get(url, { schema, config: { staysOpen: true } }, async (request, reply) => {
      const from = startOf(request);
      const pattern = patternOf(request);
      await notifications.wake();
      // The login may be over by now.
      const owner = ownerOf(request);
      if (!notifications.streams.hasRoomFor(owner)) {
        throw new AppError('tooManyRequests', 'This user has too many event streams.');
      }
      openStream(reply, notifications, owner, pattern, from);
      return reply;
    });
  }
}

function openStream(
  reply: FastifyReply,
  notifications: LiveNotifications,
  owner: LiveOwner,
  pattern: string,
  from: ReplayStart | null,
): void {
  let end = () => {};
  const sink = eventStream(reply, () => end());
  end = notifications.streams.open(owner, pattern, sink, from);
}

/** Channels as a Bayeux client would subscribe to them. */
function patternOf({ query }: FastifyRequest): string {
  const { subscription = '/v2/me/*' } = query as { readonly subscription?: unknown };
  if (typeof subscription === 'string' && subscription.length <= 256 && maySubscribe(subscription)) return subscription;
  throw new AppError('invalidArgument', 'subscription: a channel or a pattern of channels: /v2/me/**.');
}

/**
 * Where it is to begin: behind the last that the client has had (which browsers say themselves), or as `since` says.
 */
function startOf({ headers, query }: FastifyRequest): ReplayStart | null {
  const last = headers['last-event-id'];
  const { since } = query as { readonly since?: unknown };
  const given = last === undefined || last === '' ? since : last;
  const minutes = typeof given === 'string' ? /^([0-9]{1,5})m$/.exec(given)?.[1] : undefined;
  const start = readReplayStart(minutes === undefined ? given : { minutes: Number(minutes) });
  if (start === null) {
    throw new AppError('invalidArgument', 'since: the id of an event, -1, or minutes: 1204-0, 5m.');
  }
  return start ?? null;
}

const streamSchema = {
  tags,
  security: [{ basic: [] }],
  summary: 'What happens to the calls and devices of the user, as Server-Sent Events',
  description:
    'Each event is one notification, as CometD clients get it; its id is its number. With Last-Event-ID, or `since`, those that were missed come first.',
  querystring: {
    type: 'object',
    properties: {
      since: { type: 'string', description: 'The id of an event; minutes (`5m`); -1: what was missed.' },
      subscription: { type: 'string', description: 'Channels, as by CometD; default /v2/me/*' },
    },
  },
} as const;
