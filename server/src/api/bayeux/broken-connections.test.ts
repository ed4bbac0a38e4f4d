import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { AckExtension, CometD } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import type { FastifyRequest } from 'fastify';
import { until } from '../../base/testing/wait.ts';
import { type JaneAlone, serveJaneAlone } from './testing/jane-alone.ts';

/* The official client where connections break under what is on its way, both ways. */

const path = '/api/v2/notifications';
const count = 150;
const open = new Set<Socket>();
let served: JaneAlone;
let relay: Server;

before(async () => {
  adapt();
  served = await serveJaneAlone(path);
  relay = createServer((client) => {
    const behind = connect(served.port, '127.0.0.1');
    open.add(client);
    const end = () => {
      open.delete(client);
      client.destroy();
      behind.destroy();
    };
    for (const socket of [client, behind]) socket.on('error', end).on('close', end);
    client.pipe(behind);
    behind.pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
});

after(async () => {
  relay.close();
  for (const socket of open) socket.destroy();
  served.server.close();
  await served.http.close();
});

for (const transport of ['long-polling', 'websocket'] as const) {
  test(`with acknowledgements each comes once and in order by ${transport}, however often connections break`, async () => {
    const { port } = relay.address() as AddressInfo;
    const client = new CometD();
    const url = `http://127.0.0.1:${port}${path}`;
    client.configure({ url, logLevel: 'warn', backoffIncrement: 20, maxBackoff: 100 });
    for (const other of ['long-polling', 'callback-polling', 'websocket']) {
      if (other !== transport) client.unregisterTransport(other);
    }
    client.registerExtension('ack', new AckExtension());
    const got: unknown[] = [];
    let handshakes = 0;
    client.addListener('/meta/handshake', () => handshakes++);
    await new Promise<void>((resolve) => {
      client.handshake(() =>
        client.subscribe(
          '/v2/me/*',
          ({ data }) => got.push(data),
          () => resolve(),
        ),
      );
    });
    let broken = 0;
    for (let at = 0; at < count; at++) {
      served.server.publish('jane', '/v2/me/calls', at);
      await new Promise((resolve) => setImmediate(resolve));
      if (at % 5 > 0) continue;
      await until('a connection', () => open.size > 0);
      broken += open.size;
      for (const socket of open) socket.destroy();
    }
    await until('all of them', () => got.length >= count);
    assert.deepEqual([got, handshakes], [Array.from({ length: count }, (_, at) => at), 1]);
    assert.ok(broken >= count / 5);
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
  });
}

test('of a connect whose client is gone before it is known who asks, nothing that comes is lost', async () => {
  const asked = Promise.withResolvers<FastifyRequest>();
  const known = Promise.withResolvers<void>();
  const slow = await serveJaneAlone(path, {}, async (request) => {
    if (request.headers['x-slow'] === undefined) return;
    asked.resolve(request);
    await known.promise;
  });
  const headers = { 'content-type': 'application/json' };
  const send = async (message: object) => {
    const body = JSON.stringify([{ clientId, ...message }]);
    const answer = await fetch(`http://127.0.0.1:${slow.port}${path}`, { method: 'POST', headers, body });
    return (await answer.json()) as Record<string, unknown>[];
  };
  let clientId = '';
  const handshake = { channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] };
  clientId = String((await send(handshake))[0]!['clientId']);
  await send({ channel: '/meta/subscribe', subscription: '/v2/me/*' });
  const connecting = { channel: '/meta/connect', connectionType: 'long-polling' };
  await send(connecting);
  const body = JSON.stringify([{ clientId, ...connecting }]);
  const length = `Content-Length: ${body.length}`;
  const gone = connect(slow.port, '127.0.0.1');
  gone.write(
    `POST ${path} HTTP/1.1\r\nHost: pbx.test\r\nX-Slow: 1\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`,
  );
  const { raw } = await asked.promise;
  gone.destroy();
  await until('its end', () => raw.socket.closed);
  known.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  slow.server.publish('jane', '/v2/me/calls', 'missed');
  const next = await send(connecting);
  slow.server.close();
  await slow.http.close();
  assert.deepEqual(next[0], { data: 'missed', channel: '/v2/me/calls' });
});
