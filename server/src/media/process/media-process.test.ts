import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { mediaRange } from '../../base/testing/free-port.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { ProcessStats } from '../channel/protocol.ts';
import { callIn, memoryProcess } from '../testing/memory-process.ts';
import { MemoryPeer } from '../testing/memory-transport.ts';
import { MediaProcess } from './media-process.ts';

test('a process that runs late takes no new leg, serves those it has as before, and tells so', async (t) => {
  const peers: Record<string, MemoryPeer> = { a: new MemoryPeer(), b: new MemoryPeer(), c: new MemoryPeer() };
  const told: boolean[] = [];
  let processorMs = 0;
  const { clock, media } = memoryProcess(t, peers, {
    usage: () => ({ processorMs, activeMs: processorMs, commandsMs: 0 }),
    notify: (name, data) => void (name === 'stats' && told.push((data as ProcessStats).overloaded)),
  });
  const call = (leg: string) => callIn(media, leg, peers[leg]!);
  media.createRoom({ room: 'room' });
  await call('a');
  await call('b');
  clock.advance(1100);
  for (let second = 0; second < 2; second++) {
    processorMs += 950;
    clock.advance(1000);
  }
  const heard = peers['a']!.heard.length;
  const refused = { code: 'exhausted', message: /runs late/ };
  await assert.rejects(call('c'), refused);
  assert.deepEqual([told, media.inventory().legs], [[true], ['a', 'b']]);
  clock.advance(500);
  assert.equal(peers['a']!.heard.length, heard + 25);
  await assert.rejects(call('c'), refused);
  clock.advance(3000);
  await call('c');
  assert.deepEqual(
    told.filter((one, i) => one !== told[i - 1]),
    [true, false],
  );
});

test('packets that were lost are counted once, whatever becomes of them or of their leg', async (t) => {
  const peer = new MemoryPeer();
  const told: number[] = [];
  const { clock, media } = memoryProcess(
    t,
    { a: peer },
    { notify: (name, data) => void (name === 'stats' && told.push((data as ProcessStats).packetsLost)) },
  );
  media.createRoom({ room: 'room' });
  await callIn(media, 'a', peer);
  for (const sequence of [1, 2, 5, 6]) peer.send(sequence);
  clock.advance(5000);
  peer.send(3);
  clock.advance(5000);
  media.closeLeg({ leg: 'a' });
  clock.advance(5000);
  assert.deepEqual(told, [2, 2, 2]);
});

test('figures are told, and legs served, where as many files are open as may be', async (t) => {
  const told: number[] = [];
  const notify = (name: string, data: unknown) =>
    void (name === 'stats' && told.push((data as ProcessStats).residentBytes));
  const { clock } = memoryProcess(t, {}, { notify });
  clock.advance(5000);
  t.mock.method(process.memoryUsage, 'rss', () => {
    throw Object.assign(new Error('too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
  });
  clock.advance(5000);
  assert.deepEqual([told.length, told[1]], [2, told[0]]);
});

test('totals are told every five seconds; single legs only to who asks', async (t) => {
  const clock = new VirtualClock();
  const told: unknown[] = [];
  const media = new MediaProcess({
    rtpPorts: mediaRange(200),
    promptsRoot: '.',
    mediaTimeoutMs: 60_000,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    notify: (name, data) => void (name === 'stats' && told.push(data)),
  });
  t.after(() => media.close());
  const transport = { kind: 'udp', bind: '127.0.0.1' } as const;
  await media.openLeg({ leg: 'a', cname: 'a', transport });
  await media.openLeg({ leg: 'b', cname: 'b', transport });
  const remote = { kind: 'udp', address: '127.0.0.1', port: 9 } as const;
  const send = { payloadType: 0, codec: 'PCMU', ptime: 20 };
  for (const leg of ['a', 'b']) {
    const telephoneEvents = { send: null, receive: [] };
    media.configureLeg({ leg, remote, send, receive: [send], telephoneEvents, direction: 'sendrecv' });
  }
  clock.advance(5000);
  const asked = media.stats();
  assert.deepEqual(
    asked.legs.map(({ leg, packetsSent }) => [leg, packetsSent]),
    [
      ['a', 1],
      ['b', 1],
    ],
    'one packet of silence each',
  );
  assert.equal(asked.packetsOut, 2);
  assert.equal(told.length, 1);
  const [totals] = told as [ProcessStats];
  assert.deepEqual([totals.legs, totals.packetsOut, totals.packetsLost], [[], 2, 0]);
});
