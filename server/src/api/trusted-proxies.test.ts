import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { addressesIn } from './trusted-proxies.ts';
import { acceptWebSockets } from './web-sockets.ts';

test('an address is one of a list, or in a network of it, however it is written', () => {
  const isOne = addressesIn(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::1']);
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '10.255.0.1', '2001:db8:0:1::5', '::1', '2001:db8::1%eth0']) {
    assert.equal(isOne(address), true, address);
  }
  for (const address of ['192.0.2.2', '11.0.0.1', '2001:db9::1', '::2', '', 'localhost', 'fe80::1%lo']) {
    assert.equal(isOne(address), false, address);
  }
  assert.equal(addressesIn([])('127.0.0.1'), false);
});

/** More than any one address may have by itself. */
const many = 600;

for (const trustedProxies of [['127.0.0.1'], []]) {
  const whose = trustedProxies.length > 0 ? 'whom a proxy names' : 'one address';
  test(`WebSockets of ${whose} are bound ${trustedProxies.length > 0 ? 'one by one' : 'together'}, and each goes on`, async (t) => {
    const http = createHttp({ log: silentLog, random: new SeededRandom(1), trustedProxies });
    await acceptWebSockets(http);
    http.get('/socket', { websocket: true }, (socket) => socket.on('error', () => {}));
    http.get('/here', async () => 'here');
    await http.listen({ host: '127.0.0.1', port: 0 });
    const { port } = http.server.address() as { port: number };
    const sockets: Socket[] = [];
    t.after(async () => {
      for (const socket of sockets) socket.destroy();
      await http.close();
    });
    const open = async (from: string): Promise<boolean> => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
      const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
      const head = `GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}`;
      socket.write(`${head}X-Forwarded-For: ${from}\r\n\r\n`);
      const [told] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      return String(told).includes(' 101 ');
    };
    const opened: boolean[] = [];
    for (let i = 0; i < many; i++) opened.push(await open(`198.51.100.${i % 200}`));
    const alive = sockets.filter((socket, i) => opened[i] && !socket.closed).length;
    assert.equal(alive, trustedProxies.length > 0 ? many : 512);
    assert.equal(sockets[0]!.closed, false, 'whoever came first');
    if (trustedProxies.length === 0) return;
    const status = await new Promise((resolve, reject) => {
      const options = {
        port,
        host: '127.0.0.1',
        path: '/here',
        agent: new Agent(),
        headers: { 'x-forwarded-for': '192.0.2.9' },
      };
      request(options, (answer: IncomingMessage) => resolve(answer.resume().statusCode))
        .once('error', reject)
        .end();
    });
    assert.equal(status, 200);
  });
}
