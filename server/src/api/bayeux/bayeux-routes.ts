import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BayeuxServer } from '../../push/bayeux/bayeux-server.ts';
import { readBatch } from '../../push/bayeux/message.ts';
import type { Carrier } from '../../push/bayeux/session.ts';
import { readJson } from '../json-depth.ts';
import { acceptWebSockets } from '../web-sockets.ts';
import { whenClosed } from '../when-closed.ts';

/** Of one frame or request body, characters. */
const longestBatch = 256 * 1024;
/** What waits in the socket of a client that asks on and on and does not read, bytes. */
const mostUnread = 16 * 1024 * 1024;
const otherMethods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS'];
/** RFC 6455 §7.4.1. */
const unreadable = 1007;
const policy = 1008;
const goodbyes = { loginOver: 'the login is over', noSession: 'no session', tooMany: 'too many sockets' } as const;

export interface BayeuxRoutes<Owner> {
  /** Without a slash at its end. */
  readonly path: string;
  readonly server: BayeuxServer<Owner>;
  /** Who asks, with a batch or for a socket; null: it has been answered already. */
  readonly ownerOf: (request: FastifyRequest, reply: FastifyReply) => Promise<Owner | null>;
  /** A body that is no batch, in the words of the interface. */
  readonly refuseBatch: (reply: FastifyReply) => void;
  /** A socket of somebody who has too many, in the words of the interface. */
  readonly refuseSocket: (reply: FastifyReply) => void;
  /** Another method than POST, and a GET that asks for no socket, in the words of the interface. */
  readonly refuseMethod: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/**
 * Bayeux over HTTP: long-polling on every form of the address that clients use (`…`, `…/`, `…/handshake`, `…/connect`,
 * `…/disconnect`), and WebSocket at the address itself. Who may not have a socket is told so before there is one, by an
 * HTTP status.
 */
export async function registerBayeux<Owner>(app: FastifyInstance, routes: BayeuxRoutes<Owner>): Promise<void> {
  const { path, server, ownerOf, refuseMethod } = routes;
  await acceptWebSockets(app);
  const sockets = [path, `${path}/`];
  const schema = { hide: true } as object;
  for (const url of [...sockets, `${path}/handshake`, `${path}/connect`, `${path}/disconnect`]) {
    app.post(url, { bodyLimit: longestBatch, schema }, (request, reply) => poll(routes, request, reply));
    const others = sockets.includes(url) ? otherMethods : ['GET', ...otherMethods];
    app.route({ method: others, url, schema, handler: refuseMethod });
  }
  const owners = new WeakMap<FastifyRequest, Owner>();
  const preValidation = async (request: FastifyRequest, reply: FastifyReply) => {
    const owner = await ownerOf(request, reply);
    if (owner === null) return reply;
    if (request.headers.upgrade !== undefined && !server.mayOpen(owner)) {
      routes.refuseSocket(reply);
      return reply;
    }
    owners.set(request, owner);
  };
  for (const url of sockets) {
    app.route({
      method: 'GET',
      url,
      schema,
      preValidation,
      handler: refuseMethod,
      wsHandler: (socket, request) => {
        const owner = owners.get(request);
        if (owner === undefined) socket.terminate();
        else talk(routes, socket, owner);
      },
    });
  }
}

/** One request: its answer is given by the server, at once or when something happens. */
async function poll<Owner>(routes: BayeuxRoutes<Owner>, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { server, ownerOf, refuseBatch } = routes;
  const owner = await ownerOf(request, reply);
  if (owner === null) return;
  const batch = readBatch(request.body);
  if (batch === null) {
    server.refused.unreadable += 1;
    refuseBatch(reply);
    return;
  }
  const carrier: Carrier<Owner> = {
    owner,
    kind: 'long-polling',
    backlog: 0,
    carried: [],
    send: (messages) => answer(reply, messages),
  };
  whenClosed(reply.raw, () => {
    if (!reply.raw.writableFinished) server.lost(carrier);
  });
  server.handle(batch, carrier);
  // A connect that is held is answered later, and not by Fastify.
  if (!reply.sent) reply.hijack();
}

/**
 * As it is: what hooks and serializers would do costs as much as the rest when one event goes to a thousand clients.
 */
function answer(reply: FastifyReply, messages: string): void {
  const { raw } = reply;
  if (raw.headersSent || raw.destroyed) return;
  if (!reply.sent) reply.hijack();
  const length = Buffer.byteLength(messages);
  raw.writeHead(200, {
    'cache-control': 'no-store',
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'application/json;charset=UTF-8',
    'content-length': length,
  });
  // What is ASCII alone needs no second look at each of its characters.
  raw.end(messages, length === messages.length ? 'latin1' : 'utf8');
}

function talk<Owner>({ server }: BayeuxRoutes<Owner>, socket: WebSocket, owner: Owner): void {
  const carrier: Carrier<Owner> = {
    owner,
    kind: 'websocket',
    carried: [],
    get backlog() {
      return socket.bufferedAmount;
    },
    send(messages) {
      if (socket.readyState === socket.OPEN) socket.send(messages);
    },
    close: (why) => socket.close(policy, goodbyes[why]),
  };
  socket.on('error', () => socket.terminate());
  // Others may have come since it was let in.
  if (!server.mayOpen(owner)) {
    socket.close(policy, goodbyes.tooMany);
    return;
  }
  server.opened(carrier);
  socket.on('close', () => server.lost(carrier));
  socket.on('message', (data: unknown) => {
    // Who has been told goodbye begins nothing more.
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > mostUnread) {
      server.ended.tooSlow += 1;
      socket.terminate();
      return;
    }
    const batch = readBatch(parsed(data));
    if (batch !== null) server.handle(batch, carrier);
    else {
      server.refused.unreadable += 1;
      socket.close(unreadable, 'no Bayeux messages');
    }
  });
}

function parsed(data: unknown): unknown {
  try {
    return readJson(String(data));
  } catch {
    return null;
  }
}
