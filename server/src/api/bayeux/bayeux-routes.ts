import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BayeuxServer } from '../../push/bayeux/bayeux-server.ts';
import { readBatch, type ServerMessage } from '../../push/bayeux/message.ts';
import type { Carrier } from '../../push/bayeux/session.ts';

/** Of one frame or request body, characters. */
const longestBatch = 256 * 1024;
/** What may wait in a socket for a client that does not read; then it is closed, and the client comes again. */
const mostBuffered = 8 * 1024 * 1024;
/** Closing codes of RFC 6455 §7.4.1. */
const closed = { unreadable: 1007, tooSlow: 1013, notLoggedIn: 1008 } as const;

export interface BayeuxRoutes<Owner> {
  /** Without a slash at its end. */
  readonly path: string;
  readonly server: BayeuxServer<Owner>;
  /** Who asks, for a batch or a socket; null: answered already (a batch), or to be closed (a socket). */
  readonly ownerOf: (request: FastifyRequest, reply: FastifyReply | null) => Promise<Owner | null>;
  /** A body that is no batch, in the words of the interface. */
  readonly refuseBatch: (reply: FastifyReply) => void;
}

/**
 * Bayeux over HTTP: long-polling on every form of the address that clients use (`…`, `…/`, `…/handshake`, `…/connect`, `…/disconnect`), and
 * WebSocket at the address itself.
 */
export async function registerBayeux<Owner>(app: FastifyInstance, routes: BayeuxRoutes<Owner>): Promise<void> {
  const { path } = routes;
  await app.register(websocket, { options: { maxPayload: longestBatch } });
  for (const url of [path, `${path}/`, `${path}/handshake`, `${path}/connect`, `${path}/disconnect`]) {
    app.post(url, { bodyLimit: longestBatch }, (request, reply) => poll(routes, request, reply));
  }
  for (const url of [path, `${path}/`]) {
    app.get(url, { websocket: true }, (socket, request) => void talk(routes, socket, request));
  }
}

/** One request: its answer is given by the server, at once or when something happens. */
async function poll<Owner>(routes: BayeuxRoutes<Owner>, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const owner = await routes.ownerOf(request, reply);
  if (owner === null) return;
  const batch = readBatch(request.body);
  if (batch === null) {
    routes.refuseBatch(reply);
    return;
  }
  await new Promise<void>((done) => {
    const carrier: Carrier<Owner> = {
      owner,
      kind: 'long-polling',
      send(messages) {
        if (!reply.sent) void reply.type('application/json;charset=UTF-8').send(JSON.stringify(messages));
        done();
      },
    };
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) routes.server.lost(carrier);
      done();
    });
    routes.server.handle(batch, carrier);
  });
}

async function talk<Owner>(routes: BayeuxRoutes<Owner>, socket: WebSocket, request: FastifyRequest): Promise<void> {
  // What comes before it is known who asks waits.
  const early: unknown[] = [];
  let receive = (data: unknown): void => void early.push(data);
  socket.on('message', (data: unknown) => receive(data));
  socket.on('error', () => socket.terminate());
  const owner = await routes.ownerOf(request, null);
  if (owner === null) {
    socket.close(closed.notLoggedIn, 'not logged in');
    return;
  }
  const carrier: Carrier<Owner> = { owner, kind: 'websocket', send: (messages) => sendTo(socket, messages) };
  socket.on('close', () => routes.server.lost(carrier));
  receive = (data) => {
    const batch = readBatch(parsed(data));
    if (batch === null) socket.close(closed.unreadable, 'no Bayeux messages');
    else routes.server.handle(batch, carrier);
  };
  for (const data of early.splice(0)) receive(data);
}

function sendTo(socket: WebSocket, messages: readonly ServerMessage[]): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > mostBuffered) socket.close(closed.tooSlow, 'too slow');
  else socket.send(JSON.stringify(messages));
}

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}
