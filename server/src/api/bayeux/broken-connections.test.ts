import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { AckExtension, CometD } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
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
