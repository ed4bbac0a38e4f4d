import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { acceptWebSockets } from './web-sockets.ts';

/* Offers to go on with another protocol, where there are WebSockets. */

let http: FastifyInstance;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

before(async () => {
  http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  await acceptWebSockets(http);
  http.get('/socket', { websocket: true }, (socket) => socket.close());
  http.post('/echo', async ({ body }) => body);
  await http.listen({ host: '127.0.0.1', port: 0 });
});

after(async () => {
  agent.destroy();
  await http.close();
});

function ask(method: string, path: string, headers: Record<string, string>, body = '') {
  const { port } = http.server.address() as { port: number };
  return new Promise<{ readonly status: number | undefined; readonly text: string }>((resolve, reject) => {
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers });
    asked.once('error', reject);
    asked.once('upgrade', ({ statusCode }: IncomingMessage, socket) => {
      socket.destroy();
      resolve({ status: statusCode, text: '' });
    });
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, text }));
    });
    asked.end(body);
  });
}

test('an offer of HTTP/2 is answered as if it had not been made, with its body, also for the next request', async () => {
  const body = JSON.stringify({ operationName: 'Ready' });
  const json = { 'content-type': 'application/json', 'content-length': String(body.length) };
  for (const upgrade of ['h2c', 'TLS/1.0, HTTP/1.1']) {
    const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade, 'http2-settings': 'AAEAAEAAAAIAAAAB' };
    for (let turn = 0; turn < 2; turn++) {
      assert.deepEqual(await ask('POST', '/echo', { ...json, ...offer }, body), { status: 200, text: body }, upgrade);
    }
  }
});

test('a WebSocket is opened, however it is spelled', async () => {
  for (const upgrade of ['websocket', 'WebSocket']) {
    const key = { 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    assert.equal((await ask('GET', '/socket', { connection: 'Upgrade', upgrade, ...key })).status, 101, upgrade);
  }
});
