import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ConnectionShares } from './connection-shares.ts';

async function stage(limits: { most: number; perSource: number }, isProxy?: (address: string) => boolean) {
  const waiting: (() => void)[] = [];
  const server = createServer((asked, answer) => {
    if (asked.url === '/wait') waiting.push(() => void answer.end('waited'));
    else answer.end('here');
  });
  const shares = new ConnectionShares(server, { perNetwork: 10_000, ...limits }, isProxy);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const hold = async (from: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const get = (path: string, from: string, headers: Record<string, string> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, localAddress: from, agent: false, headers }, (answer) => {
        let text = '';
        answer.on('data', (bytes) => {
          text += bytes;
        });
        answer.on('end', () => resolve(text));
      });
      asked.on('error', reject);
      asked.end();
    });
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { shares, server, hold, get, waiting, close };
}

test('who holds many idle connections loses the oldest to whoever comes, himself included', async () => {
  const { shares, hold, get, close } = await stage({ most: 20, perSource: 8 });
  try {
    const held: Socket[] = [];
    for (let i = 0; i < 30; i++) held.push(await hold('127.0.0.2'));
    assert.equal(await get('/', '127.0.0.2'), 'here');
    assert.equal(await get('/', '127.0.0.3'), 'here');
    assert.equal(shares.ended, 23);
    // A few more sources that fill all there is.
    for (let i = 0; i < 24; i++) await hold(`127.0.0.${4 + (i % 3)}`);
    assert.equal(await get('/', '127.0.0.9'), 'here');
  } finally {
    close();
  }
});

test('a request that is being answered is not given up', async () => {
  const { hold, get, waiting, close } = await stage({ most: 20, perSource: 3 });
  try {
    const answers = [get('/wait', '127.0.0.2'), get('/wait', '127.0.0.2')];
    while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let i = 0; i < 10; i++) await hold('127.0.0.2');
    for (const answer of waiting) answer();
    assert.deepEqual(await Promise.all(answers), ['waited', 'waited']);
  } finally {
    close();
  }
});

test('a connection that has become a WebSocket is not given up, and another one gets its place when it closes', async () => {
  const { shares, hold, server, close } = await stage({ most: 20, perSource: 3 });
  server.on('upgrade', (_asked, socket: Socket) => {
    shares.staysOpen(socket);
    socket.resume().once('end', () => socket.destroy());
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  const upgrade = async () => {
    const socket = await hold('127.0.0.2');
    socket.write('GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    assert.match(String(await once(socket, 'data')), /101/);
    return socket;
  };
  const isOver = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket.resume(), 'close'));
  try {
    const sockets = [await upgrade(), await upgrade(), await upgrade()];
    await isOver(await hold('127.0.0.2'));
    assert.equal(shares.ended, 1);
    sockets[0]!.destroy();
    while (shares.held > 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await upgrade();
    assert.deepEqual([shares.ended, sockets[1]!.closed, sockets[2]!.closed], [1, false, false]);
  } finally {
    close();
  }
});

test('whom a proxy asks for counts by the address that it names, and of a proxy itself there may be many', async () => {
  const { shares, hold, get, server, waiting, close } = await stage(
    { most: 30, perSource: 3 },
    (address) => address === '127.0.0.7',
  );
  const refused: string[] = [];
  server.prependListener('request', ({ socket, headers }: IncomingMessage) => {
    const from = String(headers['x-forwarded-for'] ?? socket.remoteAddress);
    if (!shares.askedBy(socket, from)) refused.push(from);
  });
  const ask = (path: string, from: string) => get(path, '127.0.0.7', { 'x-forwarded-for': from });
  try {
    // What the proxy holds for later gives way to nobody.
    const held: Socket[] = [];
    for (let i = 0; i < 10; i++) held.push(await hold('127.0.0.7'));
    const answers = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'].map((from) => ask('/wait', from));
    while (waiting.length < answers.length) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await ask('/', '192.0.2.4'), 'here');
    assert.deepEqual(refused, []);
    await ask('/', '192.0.2.1');
    assert.deepEqual(refused, ['192.0.2.1'], 'it has three already');
    for (const answer of waiting) answer();
    await Promise.all(answers);
    for (let i = 0; i < 10; i++) await ask('/', '192.0.2.1');
    assert.deepEqual(refused, ['192.0.2.1'], 'one after the other there may be any number');
    assert.ok(held.every(({ closed }) => !closed));
  } finally {
    close();
  }
});

test('over TLS, connections in their handshake are shared alike, and one at work stays', async () => {
  const key = Buffer.alloc(16, 7);
  // A shared key in place of a certificate.
  const secret = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  const answers: (() => void)[] = [];
  const server = createTlsServer({ ...secret, pskCallback: () => key }, (_asked, answer) => {
    answers.push(() => void answer.end('waited'));
  });
  const shares = new ConnectionShares(server, { most: 6, perSource: 4, perNetwork: 100 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const ask = async (localAddress: string): Promise<() => string> => {
    let text = '';
    const options = { ...secret, port, host: '127.0.0.1', localAddress, checkServerIdentity: () => undefined };
    const socket = connectTls({ ...options, pskCallback: () => ({ psk: key, identity: 'x' }) });
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes;
    });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return () => text;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    const end = performance.now() + 120_000;
    while (!holds()) {
      assert.ok(performance.now() < end, `never: ${holds}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  try {
    const first = await ask('127.0.0.2');
    await until(() => answers.length === 1);
    // They say nothing, so none of them gets beyond its handshake.
    for (let i = 0; i < 12; i++) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await until(() => shares.ended === 9);
    const second = await ask('127.0.0.3');
    await until(() => answers.length === 2);
    for (const answer of answers) answer();
    await until(() => first().includes('waited') && second().includes('waited'));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});
