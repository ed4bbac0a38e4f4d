import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { BrowserPortLosses } from './browser-port-losses.ts';

const head =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';

function row(port: string, inode: number, drops: number, address = '0100007F', remote = '00000000:0000'): string {
  const queues = '07 00000000:00000000 00:00000000 00000000  1000        0';
  return `  123: ${address}:${port} ${remote} ${queues} ${inode} 2 0000000012345678 ${drops}        `;
}

test('what the sockets of these ports dropped is added up, also of those that are closed', async () => {
  let udp = '';
  let udp6 = '';
  const losses = new BrowserPortLosses([40_000, 40_001], async (path) => (path.endsWith('6') ? udp6 : udp));
  assert.equal(await losses.look(), 0, 'no browser yet');
  udp = [head, row('9C40', 1, 5), row('9C42', 2, 100), row('1234', 3, 100, '0100007F', '0100007F:9C40')].join('\n');
  assert.equal(await losses.look(), 5);
  udp = [head, row('9C40', 1, 9), row('9C41', 4, 2)].join('\n');
  udp6 = [head, row('9C40', 7, 30, '00000000000000000000000001000000')].join('\n');
  assert.equal(await losses.look(), 41);
  assert.equal(await losses.look(), 41);
  udp = udp6 = head;
  assert.equal(await losses.look(), 41);
  udp = [head, row('9C40', 11, 1)].join('\n');
  assert.equal(await losses.look(), 42, 'another socket counts from 0');
});

test('where the kernel does not tell, nothing is said', async () => {
  const losses = new BrowserPortLosses([40_000], () => Promise.reject(new Error('no such file')));
  assert.equal(await losses.look(), 0);
});

test('what a socket of ours does not read is told by the kernel', { skip: !existsSync('/proc/net/udp') }, async (t) => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  const sender = createSocket('udp4');
  t.after(() => {
    socket.close();
    sender.close();
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  const losses = new BrowserPortLosses([port]);
  assert.equal(await losses.look(), 0);
  const deaf = Buffer.alloc(1000);
  // All of one turn: nothing is read meanwhile.
  const sent = Array.from({ length: 500 }, () => new Promise((done) => sender.send(deaf, port, '127.0.0.1', done)));
  await Promise.all(sent);
  assert.ok((await losses.look()) > 0);
});
