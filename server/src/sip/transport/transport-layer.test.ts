import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serialize.ts';
import { message } from '../message/testing/wire.ts';
import type { Flow } from './flow.ts';
import { TransportLayer, type TransportOptions } from './transport-layer.ts';

const options = message('OPTIONS sip:user@127.0.0.1 SIP/2.0', [
  'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKlive;rport',
  'Content-Length: 0',
]);
const seed = 4711;

/** A layer that answers every request with 200, and what it heard. */
function answering(t: TestContext, extra: Partial<TransportOptions> = {}, clock: Clock = systemClock) {
  const layer = new TransportLayer({ clock, log: silentLog, ...extra });
  const heard: { message: SipRequest | SipResponse; flow: Flow }[] = [];
  const invalid: number[] = [];
  const closed: string[] = [];
  layer.onMessage = (received, flow) => {
    heard.push({ message: received, flow });
    if (received instanceof SipRequest) layer.replyFlow(received, flow).send(serialize(createResponse(received, 200)));
  };
  layer.onInvalid = (failure) => void invalid.push(failure.status);
  layer.onFlowClosed = (_flow, reason) => void closed.push(reason);
  t.after(() => layer.close());
  return { layer, heard, invalid, closed };
}

/** Waits until it holds, however busy the machine is. */
async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 120_000) assert.fail(`never came: ${holds}`);
    await sleep(5);
  }
}

async function dial(t: TestContext, to: HostPort): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(to.port, to.address);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => void chunks.push(chunk));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, text: () => Buffer.concat(chunks).toString('latin1') };
}

test('UDP: a request is stamped with where it came from and answered there', async (t) => {
  const { layer, heard } = answering(t);
  const bound = await layer.listen('udp', '127.0.0.1', 0);
  const peer = createSocket('udp4');
  t.after(() => peer.close());
  peer.send(options, bound.port, bound.address);
  const [answer] = (await once(peer, 'message')) as [Buffer];
  assert.match(answer.toString(), /^SIP\/2\.0 200 OK\r\n/);
  const { message: request, flow } = heard[0]!;
  assert.equal(request.via.params.get('rport'), String(peer.address().port));
  assert.equal(request.via.params.get('received'), '127.0.0.1');
  assert.deepEqual(flow.local, bound);
  assert.equal(flow.id, layer.flowTo('udp', flow.remote).id);
});

test('UDP bound to every address: the flow names one the peer can use', async (t) => {
  const { layer } = answering(t);
  const bound = await layer.listen('udp', '0.0.0.0', 0);
  assert.deepEqual(layer.flowTo('udp', { address: '127.0.0.1', port: 9 }).local, {
    address: '127.0.0.1',
    port: bound.port,
  });
  const { layer: advertised } = answering(t, { advertise: '203.0.113.7' });
  await advertised.listen('udp', '0.0.0.0', 0);
  assert.equal(advertised.flowTo('udp', { address: '127.0.0.1', port: 9 }).local.address, '203.0.113.7');
});

test('IPv6 on the wire', async (t) => {
  const { layer, heard } = answering(t);
  const bound = await layer.listen('udp', '::1', 0).catch(() => null);
  if (bound === null) return t.skip('no IPv6 loopback');
  const peer = createSocket('udp6');
  t.after(() => peer.close());
  peer.send(options, bound.port, '::1');
  await once(peer, 'message');
  assert.equal(heard[0]!.message.via.params.get('received'), '::1');
});

test(`UDP: 4 000 datagrams of garbage (seed ${seed}) are counted, nothing throws, and the next request is answered`, async (t) => {
  const { layer, invalid } = answering(t);
  const bound = await layer.listen('udp', '127.0.0.1', 0);
  const peer = createSocket('udp4');
  t.after(() => peer.close());
  const answers: string[] = [];
  peer.on('message', (answer) => void answers.push(answer.toString('latin1')));
  const random = new SeededRandom(seed);
  for (let i = 1; i <= 4_000; i++) {
    let bytes = random.bytes(1 + random.int(300));
    if (i % 2 === 0) {
      bytes = Buffer.from(options);
      for (let n = 1 + random.int(5); n > 0; n--) bytes[random.int(bytes.length)] = random.int(256);
    }
    peer.send(bytes, bound.port, bound.address);
    if (i % 100 > 0) continue;
    // No more than the kernel holds are under way: a request behind them is answered when all of them were read.
    const mark = `z9hG4bKmark${i}`;
    peer.send(Buffer.from(options.toString().replace('z9hG4bKlive', mark)), bound.port, bound.address);
    await until(() => answers.some((answer) => answer.includes(mark)));
    answers.length = 0;
  }
  assert.equal(layer.counters.failures, 0);
  assert.ok(invalid.length > 1_000, `${invalid.length}`);
});

test('UDP: keep-alives are counted and never parsed; what a source may not send is refused', async (t) => {
  const { layer, heard, invalid } = answering(t, { admit: ({ remote }) => remote.address !== '127.0.0.1' || allowed });
  let allowed = true;
  const bound = await layer.listen('udp', '127.0.0.1', 0);
  const peer = createSocket('udp4');
  t.after(() => peer.close());
  for (const text of ['\r\n\r\n', '\r\n', '\0\0\0\0', 'jaK', ''])
    peer.send(Buffer.from(text), bound.port, bound.address);
  await until(() => layer.counters.keepAlives === 5);
  allowed = false;
  peer.send(options, bound.port, bound.address);
  await until(() => layer.counters.refused === 1);
  assert.deepEqual([heard.length, invalid.length], [0, 0]);
});

test('a send that cannot work is reported later, never thrown', async (t) => {
  const { layer } = answering(t);
  await layer.listen('udp', '127.0.0.1', 0);
  const errors: string[] = [];
  const attempt = (remote: HostPort, bytes: Buffer) => {
    layer.flowTo('udp', remote).send(bytes, (error) => void errors.push(error.message));
  };
  attempt({ address: '127.0.0.1', port: 99_999 }, options);
  attempt({ address: '127.0.0.1', port: 0 }, options);
  attempt({ address: '127.0.0.1', port: 9 }, Buffer.alloc(70_000));
  attempt({ address: '2001:db8::1', port: 9 }, options);
  attempt({ address: 'not an address', port: 9 }, options);
  assert.equal(errors.length, 0);
  await until(() => errors.length === 5);
});

test('a port in use rejects', async (t) => {
  const { layer } = answering(t);
  const udp = await layer.listen('udp', '127.0.0.1', 0);
  const tcp = await layer.listen('tcp', '127.0.0.1', 0);
  const { layer: second } = answering(t);
  await assert.rejects(second.listen('udp', '127.0.0.1', udp.port), { code: 'EADDRINUSE' });
  await assert.rejects(second.listen('tcp', '127.0.0.1', tcp.port), { code: 'EADDRINUSE' });
});

test('TCP: messages in any pieces are answered on their connection, CRLF CRLF with CRLF', async (t) => {
  const { layer, heard, closed } = answering(t);
  const bound = await layer.listen('tcp', '127.0.0.1', 0);
  const { socket, text } = await dial(t, bound);
  const two = Buffer.concat([options, Buffer.from('\r\n\r\n'), options]);
  for (let at = 0; at < two.length; at += 50) {
    socket.write(two.subarray(at, at + 50));
    await sleep(1);
  }
  await until(() => heard.length === 2 && text().split('SIP/2.0 200 OK').length === 3);
  assert.equal(text().split('\r\n\r\n').length, 3);
  assert.ok(text().includes('\r\n\r\n\r\nSIP/2.0 200') || text().startsWith('\r\n'));
  const flow = heard[0]!.flow;
  assert.ok(flow.reliable && !flow.closed && flow === heard[1]!.flow);
  assert.deepEqual(flow.local, bound);
  assert.equal(layer.flowTo('tcp', flow.remote), flow);
  socket.destroy();
  await until(() => closed.length === 1);
  assert.ok(flow.closed);
  assert.equal(layer.connections, 0);
});

test('TCP: our own connection is opened by the first send and shared; a refused one is an error', async (t) => {
  const server = answering(t);
  const bound = await server.layer.listen('tcp', '127.0.0.1', 0);
  const client = answering(t);
  const flow = client.layer.flowTo('tcp', bound);
  assert.equal(client.layer.flowTo('tcp', bound), flow);
  flow.send(options);
  flow.send(options);
  await until(() => client.heard.length === 2);
  assert.equal(server.layer.connections, 1);
  assert.equal((client.heard[0]!.message as SipResponse).status, 200);

  await server.layer.close();
  await until(() => client.closed.length === 1);
  const errors: Error[] = [];
  flow.send(options, (error) => void errors.push(error));
  const again = client.layer.flowTo('tcp', bound);
  assert.notEqual(again.id, flow.id);
  again.send(options, (error) => void errors.push(error));
  await until(() => errors.length === 2 && client.closed.length === 2);
});

test('TCP: a response whose connection is gone opens a new one to the address in the Via', async (t) => {
  const listener = answering(t);
  const bound = await listener.layer.listen('tcp', '127.0.0.1', 0);
  const { layer, heard } = answering(t);
  const own = await layer.listen('tcp', '127.0.0.1', 0);
  layer.onMessage = (received, flow) => void heard.push({ message: received, flow });
  const { socket } = await dial(t, own);
  socket.write(options.toString().replace('127.0.0.1:9', `127.0.0.1:${bound.port}`));
  await until(() => heard.length === 1);
  socket.destroy();
  const { message: request, flow } = heard[0]!;
  await until(() => flow.closed);
  layer.replyFlow(request as SipRequest, flow).send(serialize(createResponse(request as SipRequest, 200)));
  await until(() => listener.heard.length === 1);
});

test(`TCP: garbage (seed ${seed}) ends its connection with an answer where there can be one, and harms nobody else`, async (t) => {
  const { layer, closed, invalid } = answering(t);
  const bound = await layer.listen('tcp', '127.0.0.1', 0);
  const answers: string[] = [];
  layer.onInvalid = (failure, flow) => {
    invalid.push(failure.status);
    if (failure.partial !== null) flow.send(serialize(createResponse(failure.partial, failure.status)));
  };
  for (const length of ['abc', '-1', '99999999999', '70000', '']) {
    const { socket, text } = await dial(t, bound);
    socket.write(options.toString().replace('Content-Length: 0', length === '' ? 'X: y' : `Content-Length: ${length}`));
    await once(socket, 'close');
    answers.push(text().slice(0, 11));
  }
  assert.deepEqual(answers, ['SIP/2.0 400', 'SIP/2.0 400', 'SIP/2.0 400', 'SIP/2.0 413', 'SIP/2.0 400']);
  const random = new SeededRandom(seed);
  const noise = await Promise.all(Array.from({ length: 40 }, () => dial(t, bound)));
  for (const { socket } of noise) {
    for (let n = 0; n < 5; n++) socket.write(random.bytes(1 + random.int(20_000)));
  }
  await until(() => closed.length >= 35);
  const { socket, text } = await dial(t, bound);
  socket.write(options);
  await until(() => text().startsWith('SIP/2.0 200'));
  assert.equal(layer.counters.failures, 0);
});

test('TCP: what is slow, silent or idle is closed', async (t) => {
  const clock = new VirtualClock();
  const { layer, closed, heard } = answering(
    t,
    { limits: { messageMs: 5_000, silentMs: 20_000, idleMs: 60_000 } },
    clock,
  );
  const bound = await layer.listen('tcp', '127.0.0.1', 0);
  const slow = await dial(t, bound);
  await dial(t, bound);
  const idle = await dial(t, bound);
  slow.socket.write('OPTIONS sip:a@b SIP/2.0\r\n');
  idle.socket.write(options);
  await until(() => heard.length === 1 && layer.connections === 3);
  await sleep(20);
  const closedAfter = async (ms: number) => {
    const before = closed.length;
    clock.advance(ms);
    await until(() => closed.length > before);
    return closed.slice(before);
  };
  assert.deepEqual(await closedAfter(7_000), ['a message took too long']);
  assert.deepEqual(await closedAfter(14_000), ['nothing was said']);
  assert.deepEqual(await closedAfter(42_000), ['idle']);
  clock.advance(1_000);
  assert.equal(clock.pending, 0);
});

test('TCP: connections beyond the limit per address are refused', async (t) => {
  const { layer } = answering(t, { limits: { connectionsPerAddress: 2 } });
  const bound = await layer.listen('tcp', '127.0.0.1', 0);
  const peers = [await dial(t, bound), await dial(t, bound), await dial(t, bound)];
  await until(() => layer.counters.connectionsRefused === 1);
  assert.equal(layer.connections, 2);
  peers[0]!.socket.destroy();
  await until(() => layer.connections === 1);
  const next = await dial(t, bound);
  next.socket.write(options);
  await until(() => next.text().startsWith('SIP/2.0 200'));
});

test('TCP: a peer that does not read is cut off', async (t) => {
  const { layer, closed, heard } = answering(t, { limits: { writeBytes: 200_000 } });
  const bound = await layer.listen('tcp', '127.0.0.1', 0);
  const { socket } = await dial(t, bound);
  socket.write(options);
  await until(() => heard.length === 1);
  socket.pause();
  const big = Buffer.alloc(50_000);
  for (let i = 0; i < 400 && closed.length === 0; i++) {
    heard[0]!.flow.send(big);
    await sleep(1);
  }
  await until(() => closed.length === 1);
  assert.deepEqual(closed, ['the peer does not read']);
});

test('a handler that throws costs one message and is counted', async (t) => {
  const { layer } = answering(t);
  const bound = await layer.listen('udp', '127.0.0.1', 0);
  layer.onMessage = () => {
    throw new Error('bug');
  };
  const peer = createSocket('udp4');
  t.after(() => peer.close());
  peer.send(options, bound.port, bound.address);
  await until(() => layer.counters.failures === 1);
});
