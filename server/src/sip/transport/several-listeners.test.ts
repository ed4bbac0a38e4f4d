import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { silentLog } from '../../base/log.ts';
import { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serialize.ts';
import { message } from '../message/testing/wire.ts';
import type { Flow } from './flow.ts';
import { TransportLayer } from './transport-layer.ts';

const options = (kind: string) =>
  message('OPTIONS sip:user@127.0.0.1 SIP/2.0', [
    `Via: SIP/2.0/${kind} 127.0.0.1:9;branch=z9hG4bKlive;rport`,
    'Content-Length: 0',
  ]);

/** Two UDP and two TCP listeners of one layer, which answers every request; the flows on which they came. */
async function stage(t: TestContext) {
  const layer = new TransportLayer({ clock: systemClock, log: silentLog });
  t.after(() => layer.close());
  const flows: Flow[] = [];
  layer.onMessage = (received, flow) => {
    flows.push(flow);
    if (received instanceof SipRequest) layer.replyFlow(received, flow).send(serialize(createResponse(received, 200)));
  };
  const listen = async (kind: 'udp' | 'tcp') => [
    await layer.listen(kind, '127.0.0.1', 0),
    await layer.listen(kind, '127.0.0.1', 0),
  ];
  return { layer, flows, udp: await listen('udp'), tcp: await listen('tcp') };
}

test('UDP: what came to a listener is answered from there, and what follows beside it goes out there', async (t) => {
  const { layer, flows, udp } = await stage(t);
  const peer = createSocket('udp4');
  t.after(() => peer.close());
  peer.bind(0, '127.0.0.1');
  await once(peer, 'listening');
  const heardFrom = async (): Promise<HostPort> => {
    const [, from] = (await once(peer, 'message')) as [Buffer, HostPort];
    return { address: from.address, port: from.port };
  };
  for (const listener of udp) {
    const answered = heardFrom();
    peer.send(options('UDP'), listener.port, listener.address);
    assert.deepEqual(await answered, listener);
  }
  assert.notEqual(flows[0]!.id, flows[1]!.id, 'the same peer, by two ways');
  assert.deepEqual(
    flows.map(({ local }) => local),
    udp,
  );
  const own = heardFrom();
  layer.flowTo('udp', flows[1]!.remote, flows[1]).send(options('UDP'));
  assert.deepEqual(await own, udp[1]);
  const first = heardFrom();
  layer.flowTo('udp', flows[1]!.remote).send(options('UDP'));
  assert.deepEqual(await first, udp[0], 'what goes out by itself goes from the first');
});

test('TCP: each connection names the listener it came to, and is found by its other end', async (t) => {
  const { layer, flows, tcp } = await stage(t);
  for (const listener of tcp) {
    const socket = connect(listener.port, listener.address);
    t.after(() => socket.destroy());
    socket.write(options('TCP'));
    await once(socket, 'data');
  }
  assert.deepEqual(
    flows.map(({ local }) => local),
    tcp,
  );
  for (const flow of flows) assert.equal(layer.flowTo('tcp', flow.remote), flow);
  assert.equal(layer.connections, 2);
  const elsewhere = { address: '127.0.0.1', port: 9 };
  assert.deepEqual(layer.flowTo('tcp', elsewhere, flows[1]).local, tcp[1], 'a new one stands beside the one it is for');
});

test('the same address by two kinds is two ways; by a kind that nobody serves it is none', async (t) => {
  const { layer, tcp } = await stage(t);
  const remote = tcp[0]!;
  const byTcp = layer.flowTo('tcp', remote);
  const byUdp = layer.flowTo('udp', remote);
  assert.notEqual(byTcp.id, byUdp.id);
  assert.deepEqual([byTcp.kind, byTcp.reliable, byUdp.kind, byUdp.reliable], ['tcp', true, 'udp', false]);
  assert.equal(layer.flowTo('tcp', remote), byTcp);
  const none = layer.flowTo('wss', remote);
  assert.ok(none.closed);
  const failed = new Promise<Error>((resolve) => none.send(options('WSS'), resolve));
  assert.match((await failed).message, /no way there by wss/);
  await assert.rejects(layer.listen('wss', '127.0.0.1', 0), /There is no wss transport/);
});

test('a port that the system picks is free for every kind, however many are taken for TCP', async (t) => {
  const taken = Array.from({ length: 3000 }, () => createServer().listen(0, '127.0.0.1'));
  t.after(() => Promise.all(taken.map((server) => new Promise((resolve) => server.close(resolve)))));
  await Promise.all(taken.map((server) => server.listening || once(server, 'listening')));
  for (let time = 0; time < 100; time++) {
    const layer = new TransportLayer({ clock: systemClock, log: silentLog });
    t.after(() => layer.close());
    const at = await layer.listenAlike(['udp', 'tcp'], '127.0.0.1', 0);
    assert.ok(at !== null && at.port > 0);
    // Nothing is left of those that were not free for both.
    const [udp, tcp] = [layer.flowTo('udp', at), connect(at.port, at.address)];
    assert.equal(udp.local.port, at.port);
    await once(tcp, 'connect');
    tcp.destroy();
  }
});

test('a port that was asked for and is taken for TCP is refused, and given back for UDP', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const layer = new TransportLayer({ clock: systemClock, log: silentLog });
  t.after(() => layer.close());
  await assert.rejects(layer.listenAlike(['udp', 'tcp'], '127.0.0.1', port), { code: 'EADDRINUSE' });
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  t.after(() => socket.close());
  await once(socket, 'listening');
});
