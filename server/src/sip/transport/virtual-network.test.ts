import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { message } from '../message/testing/wire.ts';
import { VirtualNetwork } from './testing/virtual-network.ts';

const bytes = message('OPTIONS sip:user@example.com SIP/2.0', []);

function arrivals(loss: number, kind: 'udp' | 'tcp', seed: number): number[] {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, random: new SeededRandom(seed), loss, delayMs: 20, jitterMs: 30 });
  const a = network.attach({ address: '192.0.2.1', port: 5060 });
  const b = network.attach({ address: '192.0.2.2', port: 5060 });
  const times: number[] = [];
  b.onMessage = () => void times.push(clock.monotonic());
  for (let i = 0; i < 1_000; i++) a.flowTo(kind, b.local).send(bytes);
  clock.advance(1_000);
  return times;
}

test('datagrams are lost, delayed and reordered as seeded; a connection only delays', () => {
  const seed = 7;
  const lossy = arrivals(0.1, 'udp', seed);
  assert.deepEqual(lossy, arrivals(0.1, 'udp', seed));
  assert.ok(lossy.length > 850 && lossy.length < 950, `${lossy.length}`);
  assert.ok(Math.min(...lossy) === 20 && Math.max(...lossy) === 50);
  assert.deepEqual(new Set(arrivals(0.1, 'tcp', seed)), new Set([20]));
  assert.equal(arrivals(0.1, 'tcp', seed).length, 1_000);
});
