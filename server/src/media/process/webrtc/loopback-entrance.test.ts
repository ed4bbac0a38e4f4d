import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { until } from '../../../base/testing/wait.ts';
import { LoopbackEntrances } from './loopback-entrance.ts';

/** Loopback addresses of Linux stand for those of the network. */
const [outward, elsewhere] = ['127.0.0.2', '127.0.0.3'];
const skip = process.platform !== 'linux';
const own = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
  { address: '169.254.1.1', internal: false },
  { address: 'fe80::1', internal: false },
  { address: outward, internal: false },
];

interface Bound {
  readonly socket: Socket;
  readonly port: number;
  readonly got: { readonly text: string; readonly address: string; readonly port: number }[];
}

async function bound(t: TestContext, address: string): Promise<Bound> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const got: Bound['got'] = [];
  socket.on('message', (message, from) => got.push({ ...from, text: String(message) }));
  socket.bind(0, address);
  await once(socket, 'listening');
  return { socket, port: socket.address().port, got };
}

async function stage(t: TestContext) {
  const clock = new VirtualClock();
  const inside = await bound(t, '127.0.0.1');
  inside.socket.on('message', (message, { port, address }) => inside.socket.send(`to ${message}`, port, address));
  const entrances = new LoopbackEntrances(clock, inside.port, () => own);
  const entered = await entrances.enter('127.0.0.1');
  assert.ok(entered);
  const [, address, port] = /^2 1 UDP \d+ (\S+) (\d+) typ host$/.exec(entered.candidate) ?? [];
  assert.equal(address, outward);
  const say = ({ socket }: Bound, text: string) => socket.send(text, Number(port), outward);
  return { clock, inside, entrances, entered, port: Number(port), say };
}

test('who is on this machine gets in by a network address, each port for itself, and is answered from there', {
  skip,
}, async (t) => {
  const { inside, entered, port, say } = await stage(t);
  const [one, other] = [await bound(t, outward), await bound(t, '127.0.0.1')];
  say(one, 'one');
  say(other, 'other');
  await until('both answers', () => one.got.length === 1 && other.got.length === 1);
  assert.deepEqual([one.got[0]?.text, other.got[0]?.text], ['to one', 'to other']);
  assert.deepEqual([one.got[0]?.address, one.got[0]?.port], [outward, port]);
  const ports = new Set(inside.got.map((from) => from.port));
  assert.equal(ports.size, 2);
  assert.deepEqual(new Set(inside.got.map(({ address }) => address)), new Set([outward]));
  entered.leave();
});

test('nobody else gets in', { skip }, async (t) => {
  const { inside, entered, say } = await stage(t);
  const [stranger, one] = [await bound(t, elsewhere), await bound(t, outward)];
  say(stranger, 'stranger');
  // What comes later has passed what came before.
  say(one, 'one');
  await until('the other', () => inside.got.length > 0);
  assert.deepEqual(
    inside.got.map(({ text }) => text),
    ['one'],
  );
  entered.leave();
});

test('there is one entrance while there are legs, and none after the last', { skip }, async (t) => {
  const { entrances, entered, port, say } = await stage(t);
  const second = await entrances.enter('127.0.0.1');
  assert.equal(second?.candidate, entered.candidate);
  entered.leave();
  const one = await bound(t, outward);
  say(one, 'still');
  await until('an answer', () => one.got.length === 1);
  second?.leave();
  const free = createSocket('udp4');
  free.bind(port, outward);
  await once(free, 'listening');
  free.close();
});

test('who is silent for long is forgotten, and may come again', { skip }, async (t) => {
  const { clock, inside, entered, say } = await stage(t);
  const one = await bound(t, outward);
  say(one, 'first');
  await until('an answer', () => one.got.length === 1);
  clock.advance(70_000);
  say(one, 'again');
  await until('another answer', () => one.got.length === 2);
  assert.notEqual(inside.got[0]?.port, inside.got[1]?.port);
  entered.leave();
});

test('where others reach it anyway, or there is no network, there is none', { skip }, async (t) => {
  const { inside, entered } = await stage(t);
  entered.leave();
  const clock = new VirtualClock();
  assert.equal(await new LoopbackEntrances(clock, inside.port, () => own).enter(outward.replace('127', '10')), null);
  assert.equal(await new LoopbackEntrances(clock, inside.port, () => own).enter('::1'), null);
  assert.equal(await new LoopbackEntrances(clock, inside.port, () => own.slice(0, 4)).enter('127.0.0.1'), null);
  const gone = [{ address: '192.0.2.77', internal: false }];
  assert.equal(await new LoopbackEntrances(clock, inside.port, () => gone).enter('127.0.0.1'), null);
});
