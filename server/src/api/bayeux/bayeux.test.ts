import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { AckExtension, CometD, type Message } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import Fastify, { type FastifyInstance } from 'fastify';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { until } from '../../base/testing/wait.ts';
import { BayeuxServer } from '../../push/bayeux/bayeux-server.ts';
import { registerBayeux } from './bayeux-routes.ts';

/* The official client against our server, over real HTTP and WebSocket. */

const path = '/api/v2/notifications';
const forgetfulPath = '/forgetful';
let http: FastifyInstance;
let server: BayeuxServer<string>;
/** A session of it lives a second without a connect; the other's as long as a busy machine may take for one. */
let forgetful: BayeuxServer<string>;
let port = 0;
/** Requests that have come as far as to who asks. */
let batches = 0;

before(async () => {
  adapt();
  http = Fastify();
  server = new BayeuxServer<string>({
    clock: systemClock,
    random: systemRandom,
    ownerKey: (owner) => owner,
    limits: { holdMs: 2000, awayMs: 120_000 },
  });
  forgetful = new BayeuxServer<string>({
    clock: systemClock,
    random: systemRandom,
    ownerKey: (owner) => owner,
    limits: { holdMs: 500, awayMs: 1000 },
  });
  for (const [at, one] of [
    [path, server],
    [forgetfulPath, forgetful],
  ] as const)
    await registerBayeux(http, {
      path: at,
      server: one,
      ownerOf: async (request, reply) => {
        batches++;
        const owner = new URL(request.url, 'http://x').searchParams.get('owner') ?? 'jane';
        if (owner !== 'stranger') return owner;
        void reply.code(403).send({ statusCode: 20 });
        return null;
      },
      refuseBatch: (reply) => void reply.code(400).send({ statusCode: 10 }),
      refuseSocket: (reply) => void reply.code(429).send({ statusCode: 4 }),
      refuseMethod: async (_request, reply) => reply.code(405).send({ statusCode: 3 }),
    });
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as { port: number }).port;
});

const clients: CometD[] = [];

after(async () => {
  for (const client of clients) client.disconnect();
  server.close();
  forgetful.close();
  await http.close();
});

const address = () => `http://127.0.0.1:${port}${path}`;

function clientBy(transport: 'long-polling' | 'websocket', withAcks: boolean): CometD {
  const client = new CometD();
  clients.push(client);
  client.configure({ url: address(), logLevel: 'warn' });
  for (const other of ['long-polling', 'callback-polling', 'websocket']) {
    if (other !== transport) client.unregisterTransport(other);
  }
  if (withAcks) client.registerExtension('ack', new AckExtension());
  return client;
}

const handshaken = (client: CometD) =>
  new Promise<void>((resolve, reject) =>
    client.handshake((reply) => (reply.successful ? resolve() : reject(new Error(JSON.stringify(reply))))),
  );
const subscribed = (client: CometD, channel: string, to: (message: { channel: string; data?: unknown }) => void) =>
  new Promise<void>((resolve, reject) =>
    client.subscribe(channel, to, (reply) => (reply.successful ? resolve() : reject(new Error(JSON.stringify(reply))))),
  );
const disconnected = (client: CometD) => new Promise<void>((resolve) => client.disconnect(() => resolve()));

for (const transport of ['long-polling', 'websocket'] as const) {
  for (const withAcks of [false, true]) {
    describe(`${transport}${withAcks ? ' with acknowledgements' : ''}`, () => {
      test('what is published comes once, in order, with its channel, to who subscribed', async () => {
        const client = clientBy(transport, withAcks);
        await handshaken(client);
        const got: string[] = [];
        await subscribed(client, '/v2/me/*', ({ channel, data }) => got.push(`${channel} ${JSON.stringify(data)}`));
        for (let i = 0; i < 50; i++) {
          server.publish('jane', i % 2 === 0 ? '/v2/me/calls' : '/v2/me/devices', { n: i });
          server.publish('jane', '/v2/users', { n: -1 });
          server.publish('john', '/v2/me/calls', { n: -2 });
          if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await until('all events', () => got.length >= 50);
        assert.deepEqual(
          got,
          Array.from({ length: 50 }, (_, i) => `/v2/me/${i % 2 === 0 ? 'calls' : 'devices'} {"n":${i}}`),
        );
        const sessions = server.sessions;
        await disconnected(client);
        assert.equal(server.sessions, sessions - 1);
      });

      test('a subscription that cannot be understood is refused alone, and its client goes on', async () => {
        const client = clientBy(transport, withAcks);
        let handshakes = 0;
        client.addListener('/meta/handshake', () => handshakes++);
        await handshaken(client);
        const got: unknown[] = [];
        await subscribed(client, '/v2/me/*', ({ data }) => got.push(data));
        const [session] = server.sessionsOf('jane').slice(-1);
        const tooLong = `/${'x'.repeat(300)}`;
        const reply = await new Promise<Message>((resolve) => client.subscribe(tooLong, () => {}, resolve));
        assert.deepEqual([reply.successful, reply.error], [false, '400::malformed message']);
        server.publish('jane', '/v2/me/calls', 'on');
        await until('the event', () => got.length > 0);
        assert.deepEqual([got, handshakes, session?.ended], [['on'], 1, false]);
        await disconnected(client);
      });

      test('an unknown client handshakes again by itself, and subscribes again', async () => {
        const client = clientBy(transport, withAcks);
        const got: unknown[] = [];
        let handshakes = 0;
        client.addListener('/meta/handshake', (reply) => {
          if (!reply.successful) return;
          handshakes++;
          // The client tells itself of its own /meta messages under this pattern, too.
          client.subscribe('/**', ({ data }) => data !== undefined && got.push(data));
        });
        client.handshake();
        await until('a subscription', () => server.sessionsOf('jane').some((one) => one.subscriptions.has('/**')));
        server.endOwner('jane');
        await until(
          'another',
          () => handshakes === 2 && server.sessionsOf('jane').some((one) => one.subscriptions.has('/**')),
        );
        server.publish('jane', '/v2/me/calls', 'again');
        await until('the event', () => got.length > 0);
        assert.deepEqual(got, ['again']);
        await disconnected(client);
      });
    });
  }
}

async function post(
  body: unknown,
  owner = 'jane',
  at = path,
): Promise<{ status: number; messages: Record<string, unknown>[] }> {
  const response = await fetch(`http://127.0.0.1:${port}${at}?owner=${owner}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, messages: (await response.json()) as Record<string, unknown>[] };
}

test('a batch that is none, a stranger and a foreign client are refused', async () => {
  assert.equal((await post([])).status, 400);
  assert.equal((await post([{ id: '1' }])).status, 400);
  assert.equal((await post(Array.from({ length: 65 }, () => ({ channel: '/meta/connect' })))).status, 400);
  assert.equal((await post([{ channel: '/meta/handshake' }], 'stranger')).status, 403);
  const { messages } = await post([
    { id: '1', channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] },
  ]);
  const clientId = messages[0]!['clientId'];
  const foreign = await post([{ id: '2', channel: '/meta/connect', clientId, connectionType: 'long-polling' }], 'john');
  assert.equal(foreign.messages[0]!['error'], '402::Unknown client');
  await post([{ channel: '/meta/disconnect', clientId }]);
});

test('a second connect of a client answers the first', async () => {
  const { messages } = await post([
    { id: '1', channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] },
  ]);
  const clientId = messages[0]!['clientId'];
  const connect = (id: string) => post([{ id, channel: '/meta/connect', clientId, connectionType: 'long-polling' }]);
  assert.equal((await connect('2')).messages[0]!['successful'], true);
  const before = batches;
  const order: unknown[] = [];
  const answered = async (reply: ReturnType<typeof post>) => void order.push((await reply).messages[0]!['id']);
  const first = answered(connect('3'));
  await until('the first to be held', () => batches > before);
  await Promise.all([first, answered(connect('4'))]);
  assert.deepEqual(order, ['3', '4']);
  await post([{ channel: '/meta/disconnect', clientId }]);
});

test('one that goes away is forgotten in time', async () => {
  const shakes = { channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] };
  assert.equal((await post([shakes], 'jane', forgetfulPath)).messages[0]!['successful'], true);
  await until('the end of the session', () => forgetful.sessions === 0);
});

test('another method, and a GET that asks for no socket, are refused at every form of the address', async () => {
  for (const form of ['', '/', '/handshake', '/connect', '/disconnect']) {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fetch(`${address()}${form}`, { method });
      assert.deepEqual([answer.status, await answer.json()], [405, { statusCode: 3 }], `${method} ${form}`);
    }
  }
});

/** The status of an answer to who asks for a socket; one that is opened is left open. */
function upgraded(owner: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const upgrade = httpRequest(`${address()}?owner=${owner}`, {
      // Where a socket was refused, the connection serves nothing more.
      agent: false,
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    });
    upgrade.once('response', (response) => resolve(response.resume().statusCode));
    upgrade.once('upgrade', (_response, socket) => {
      sockets.push(socket);
      resolve(101);
    });
    upgrade.once('error', reject);
    upgrade.end();
  });
}

const sockets: Duplex[] = [];

test('who may not have a socket, or has many, is told so by an HTTP status, at once', async () => {
  assert.equal(await upgraded('stranger'), 403);
  for (let count = 0; count < 64; count++) assert.equal(await upgraded('flood'), 101);
  assert.equal(await upgraded('flood'), 429);
  // However many come at once.
  for (const socket of sockets.splice(0)) socket.destroy();
  await until('their end', () => server.mayOpen('flood'));
  const all = await Promise.all(Array.from({ length: 100 }, () => upgraded('flood')));
  assert.ok(all.every((status) => status === 101 || status === 429));
  const closed = new Set<Duplex>();
  for (const socket of sockets) socket.on('close', () => closed.add(socket)).resume();
  await until('those that are too many to be closed', () => sockets.length - closed.size <= 64);
  for (const socket of sockets.splice(0)) socket.destroy();
});
