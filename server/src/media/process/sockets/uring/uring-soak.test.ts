import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../../base/clock.ts';
import { SeededRandom, systemRandom } from '../../../../base/random.ts';
import { mediaRange } from '../../../../base/testing/free-port.ts';
import type { DatagramPair } from '../datagram-pair.ts';
import { PortPool } from '../port-pool.ts';
import { probeUring } from '../probe.ts';
import { bufferCount, openRing } from './kernel-ring.ts';
import { loadLibc } from './libc.ts';
import { UringSockets } from './uring-sockets.ts';

/** PARTYLINE_SOAK_SECONDS makes it last: so long of a machine that does nothing else. */
const seconds = Number(process.env['PARTYLINE_SOAK_SECONDS'] ?? 3);
const perSecond = 200;
const { works, reason } = await probeUring();
const skip = works ? false : `no io_uring here: ${reason}`;

async function stage(pairs: number) {
  const libc = await loadLibc();
  const sockets = new UringSockets(systemClock, libc, openRing(libc), () => {});
  const { from, to } = mediaRange(2 * pairs);
  const ports = new PortPool(from, to, new SeededRandom(1));
  const until = async (what: string, happened: () => boolean) => {
    for (let tries = 0; !happened(); tries++) {
      assert.ok(tries < 5000, what);
      sockets.exchange(systemClock.monotonic());
      await pause(1);
    }
  };
  return { libc, sockets, ports, until };
}

test('legs open and close 200 times a second: each hears its own, and all comes back', { skip }, async (t) => {
  const { sockets, ports, until } = await stage(60);
  const random = new SeededRandom(systemRandom.int(1000));
  const legs: { pair: DatagramPair; mark: number; heard: number; open: boolean }[] = [];
  let marks = 0;
  let strays = 0;
  let heard = 0;
  const packet = Buffer.alloc(172);
  const begin = systemClock.monotonic();
  while (marks < perSecond * seconds) {
    // Every 20 ms at the latest four legs close and four open, which is 200 a second or more.
    while (legs.length > 40) {
      const [leg] = legs.splice(random.int(legs.length), 1);
      leg!.open = false;
      leg!.pair.close();
    }
    for (let i = 0; i < 4; i++) {
      const leg = { pair: null as unknown as DatagramPair, mark: ++marks, heard: 0, open: true };
      leg.pair = await sockets.open(
        '127.0.0.1',
        ports,
        (got) => {
          // The port may have been another leg's, to which the last packets are still on their way: never in this test.
          if (!leg.open || got.readUInt32LE(0) !== leg.mark || got.length < 172) strays++;
          leg.heard++;
          heard++;
        },
        () => strays++,
      );
      legs.push(leg);
    }
    const [sender] = legs;
    for (const leg of legs) {
      packet.writeUInt32LE(leg.mark, 0);
      sender!.pair.sendRtp(packet, leg.pair.port, '127.0.0.1');
    }
    sockets.exchange(systemClock.monotonic());
    assert.equal(sockets.freeBuffers, bufferCount);
    await pause(random.int(20));
  }
  await until('every leg heard', () => legs.every((leg) => leg.heard > 0));
  assert.equal(strays, 0);
  const took = (systemClock.monotonic() - begin) / 1000;
  t.diagnostic(`${marks} legs and ${heard} packets in ${took.toFixed(1)} s`);
  assert.ok(heard >= marks, `${heard} packets, ${marks} legs`);
  for (const leg of legs) leg.pair.close();
  await until('all is closed', () => sockets.inUse === 0);
  assert.equal(sockets.freeBuffers, bufferCount);
  assert.deepEqual(sockets.faults, { ...sockets.faults, unsent: 0, tooLong: 0, impossible: 0, refused: 0 });
  sockets.close();
});

test('more than there are buffers for waits in its socket and comes in the next round', { skip }, async () => {
  const { sockets, ports, until } = await stage(60);
  let heard = 0;
  const pairs: DatagramPair[] = [];
  for (let i = 0; i < 30; i++)
    pairs.push(
      await sockets.open(
        '127.0.0.1',
        ports,
        () => heard++,
        () => {},
      ),
    );
  const stranger = createSocket('udp4').bind(0, '127.0.0.1');
  await once(stranger, 'listening');
  const each = 100;
  let left = pairs.length * each;
  for (let i = 0; i < each; i++)
    for (const { port } of pairs) stranger.send(Buffer.alloc(172), port, '127.0.0.1', () => left--);
  for (let tries = 0; left > 0 && tries < 5000; tries++) await pause(1);
  await until('all come', () => heard === pairs.length * each);
  // Larger than any that media has: dropped, and what follows comes.
  stranger.send(Buffer.alloc(4000), pairs[0]!.port, '127.0.0.1');
  stranger.send(Buffer.of(1), pairs[0]!.port, '127.0.0.1');
  await until('the small one', () => heard === pairs.length * each + 1);
  assert.equal(sockets.faults.tooLong, 1);
  stranger.close();
  sockets.close();
});

test('a file that somebody else closes is no crash: its leg falls silent, others go on', { skip }, async () => {
  const { libc, sockets, ports, until } = await stage(10);
  const heard: string[] = [];
  const files: number[] = [];
  const watched = {
    ...libc,
    socket: (...args: Parameters<typeof libc.socket>) => {
      const file = libc.socket(...args);
      files.push(file);
      return file;
    },
  };
  const other = new UringSockets(systemClock, watched, openRing(libc), () => {});
  const a = await other.open(
    '127.0.0.1',
    ports,
    () => {},
    () => {},
  );
  const b = await sockets.open(
    '127.0.0.1',
    ports,
    (packet) => heard.push(packet.toString()),
    () => {},
  );
  a.sendRtp(Buffer.from('before'), b.port, '127.0.0.1');
  other.exchange(0);
  await until('one', () => heard.length === 1);
  libc.close(files[0]!);
  a.sendRtp(Buffer.from('after'), b.port, '127.0.0.1');
  a.sendRtcp(Buffer.from('beside'), b.port, '127.0.0.1');
  other.exchange(0);
  await until('the other', () => heard.length === 2);
  assert.deepEqual([heard, other.faults.unsent], [['before', 'beside'], 1]);
  other.close();
  sockets.close();
});
