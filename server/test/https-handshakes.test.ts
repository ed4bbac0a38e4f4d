import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { createHttp } from '../src/api/http.ts';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom } from '../src/base/random.ts';
import { noCertificate, selfSigned } from '../src/sip/transport/testing/certificate.ts';

test('who opens HTTPS connections and says nothing, or is gone again, keeps nobody waiting for good', {
  skip: noCertificate,
}, async (t) => {
  const http = createHttp({ log: silentLog, random: new SeededRandom(1), tls: selfSigned() });
  t.after(() => http.close());
  http.get('/', async () => 'here');
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const gone = await Promise.all(Array.from({ length: 40 }, open));
  for (const socket of gone) socket.end('not a handshake');
  await Promise.all(Array.from({ length: 40 }, open));
  const ask = (localAddress: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = get(
        { port, host: '127.0.0.1', localAddress, agent: false, rejectUnauthorized: false },
        (answer) => {
          let text = '';
          answer.on('data', (bytes) => {
            text += bytes;
          });
          answer.on('end', () => resolve(text));
        },
      );
      asked.on('error', reject);
    });
  assert.deepEqual(await Promise.all([ask('127.0.0.3'), ask('127.0.0.3'), ask('127.0.0.4')]), ['here', 'here', 'here']);
  assert.equal(await ask('127.0.0.2'), 'here', 'behind the same address, when it is its turn');
});
