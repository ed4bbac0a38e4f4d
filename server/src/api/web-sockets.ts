import type { IncomingMessage } from 'node:http';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { sharesOf } from './connection-shares.ts';

/** Of one message, bytes: what the most talkative interface takes. */
const longestMessage = 256 * 1024;
/** After our goodbye, until the connection is cut: whoever does not answer it holds a place meanwhile. */
const goodbyeMs = 3000;

/**
 * Routes of `app` may be WebSockets (`websocket: true`) from now on. Once for a server and everything registered on it:
 * two who take over its connections would both answer each.
 */
export async function acceptWebSockets(app: FastifyInstance): Promise<void> {
  if (app.hasDecorator('websocketServer')) return;
  await app.register(websocket, { options: { maxPayload: longestMessage, closeTimeout: goodbyeMs } });
  const shares = sharesOf(app.server);
  app.websocketServer.on('connection', (_socket: unknown, { socket }: Partial<IncomingMessage>) => {
    // One that `injectWS` made comes by no connection.
    if (socket !== undefined) shares?.staysOpen(socket);
  });
}
