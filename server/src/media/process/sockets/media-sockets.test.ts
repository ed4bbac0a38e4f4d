import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../base/clock.ts';
import { SeededRandom } from '../../../base/random.ts';
import { freeUdpPorts } from '../../../base/testing/free-port.ts';
import type { PacketListener } from './datagram-pair.ts';
import type { MediaSockets } from './media-sockets.ts';
import { PortPool } from './port-pool.ts';
import { chooseSockets, probeUring } from './probe.ts';

const { works, reason } = await probeUring();
const nothing: PacketListener = () => {};

/** What every kind of sockets does. */
for (const kind of ['dgram', 'uring'] as const) {
  const skip = kind === 'uring' && !works ? `no io_uring here: ${reason}` : false;
  describe(`sockets by ${kind}`, { skip }, () => {
    const all: MediaSockets[] = [];
    after(() => {
      for (const sockets of all) sockets.close();
    });

    async function stage(_t: TestContext, pairs = 10) {
      const choice = await chooseSockets(kind);
      assert.deepEqual([choice.kind, choice.reason], [kind, null]);
      const sockets = choice.make(systemClock, () => {});
      all.push(sockets);
      const from = await freeUdpPorts(2 * pairs);
      const ports = new PortPool(from, from + 2 * pairs - 1, new SeededRandom(1));
      const until = async (happened: () => boolean) => {
        for (let tries = 0; !happened(); tries++) {
          assert.ok(tries < 4000, 'not within seconds');
          sockets.beforeTick(systemClock.monotonic());
          await pause(1);
        }
      };
      return { sockets, ports, until };
    }

    test('datagrams come whole, in order, with their source and the time, RTP and RTCP apart', async (t) => {
      const { sockets, ports, until } = await stage(t);
      const heard: string[] = [];
      const times: number[] = [];
      const listener =
        (name: string): PacketListener =>
        (packet, address, port, nowMs) => {
          heard.push(`${name} ${packet.length} ${packet[0] ?? '-'} ${address}:${port}`);
          times.push(nowMs);
        };
      const a = await sockets.open('127.0.0.1', ports, nothing, nothing);
      const b = await sockets.open('127.0.0.1', ports, listener('rtp'), listener('rtcp'));
      assert.deepEqual([a.rtcpPort, b.port % 2, b.address], [a.port + 1, 0, '127.0.0.1']);
      const begin = systemClock.monotonic();
      const packet = Buffer.alloc(2000, 1);
      for (const [i, length] of [172, 12, 2000, 0, 172].entries()) {
        packet[0] = i;
        a.sendRtp(packet.subarray(0, length), b.port, '127.0.0.1');
      }
      // What is sent may be written over at once.
      packet.fill(0xff);
      a.sendRtcp(Buffer.of(9, 9), b.rtcpPort, '127.0.0.1');
      b.sendRtp(Buffer.of(7), b.port, '127.0.0.1');
      await until(() => heard.length === 7);
      const source = `127.0.0.1:${a.port}`;
      assert.deepEqual(
        heard.filter((one) => one.startsWith('rtp') && one.endsWith(source)),
        [
          `rtp 172 0 ${source}`,
          `rtp 12 1 ${source}`,
          `rtp 2000 2 ${source}`,
          `rtp 0 - ${source}`,
          `rtp 172 4 ${source}`,
        ],
      );
      assert.ok(heard.includes(`rtcp 2 9 127.0.0.1:${a.rtcpPort}`));
      assert.ok(heard.includes(`rtp 1 7 127.0.0.1:${b.port}`));
      assert.ok(times.every((time) => time >= begin && time <= systemClock.monotonic()));
    });

    test('a strange program is heard, and hears; what comes to one leg comes to no other', async (t) => {
      const { sockets, ports, until } = await stage(t, 40);
      const counts = Array.from({ length: 40 }, () => 0);
      const pairs = await Promise.all(
        counts.map((_none, i) =>
          sockets.open(
            '127.0.0.1',
            ports,
            (packet) => {
              counts[i] = counts[i]! + (packet[0] === i ? 1 : 1000);
            },
            nothing,
          ),
        ),
      );
      const stranger = createSocket('udp4').bind(0, '127.0.0.1');
      await once(stranger, 'listening');
      const echoed: number[] = [];
      stranger.on('message', (packet) => echoed.push(packet[0]!));
      for (let round = 0; round < 25; round++) {
        for (const [i, { port }] of pairs.entries()) stranger.send(Buffer.of(i), port, '127.0.0.1');
        await until(() => counts.every((count) => count === round + 1));
      }
      for (const [i, pair] of pairs.entries()) pair.sendRtp(Buffer.of(i), stranger.address().port, '127.0.0.1');
      await until(() => echoed.length === pairs.length);
      assert.deepEqual(
        echoed.toSorted((a, b) => a - b),
        pairs.map((_pair, i) => i),
      );
      stranger.close();
      assert.equal(
        Object.values(sockets.faults).reduce((sum, one) => sum + one, 0),
        0,
      );
    });

    test('a goodbye leaves before its pair closes, whose ports are free then', async (t) => {
      const { sockets, ports, until } = await stage(t, 1);
      const stranger = createSocket('udp4').bind(0, '127.0.0.1');
      await once(stranger, 'listening');
      const heard: string[] = [];
      stranger.on('message', (packet) => heard.push(packet.toString()));
      for (let i = 0; i < 30; i++) {
        const pair = await sockets.open('127.0.0.1', ports, nothing, nothing);
        await assert.rejects(sockets.open('127.0.0.1', ports, nothing, nothing), { code: 'exhausted' });
        pair.sendRtcp(Buffer.from(`bye ${i}`), stranger.address().port, '127.0.0.1');
        pair.close();
        pair.close();
        pair.sendRtp(Buffer.from('late'), stranger.address().port, '127.0.0.1');
        const other = createSocket('udp4').bind({ port: pair.port, address: '127.0.0.1', exclusive: true });
        await once(other, 'listening');
        other.close();
        await once(other, 'close');
      }
      await until(() => heard.length === 30);
      assert.deepEqual(
        heard,
        Array.from({ length: 30 }, (_, i) => `bye ${i}`),
      );
      stranger.close();
    });

    test('a taken port is passed over, RTP or RTCP; an address that is not ours is refused', async (t) => {
      const { sockets, ports } = await stage(t, 3);
      const taken = [ports.take(0)!, ports.take(0)! + 1];
      const others = taken.map((port) => createSocket('udp4').bind({ port, address: '127.0.0.1', exclusive: true }));
      await Promise.all(others.map((other) => once(other, 'listening')));
      for (const port of taken) ports.giveBack(port & ~1);
      const pair = await sockets.open('127.0.0.1', ports, nothing, nothing);
      assert.ok(taken.every((port) => (port & ~1) !== pair.port));
      pair.close();
      for (const other of others) other.close();
      await assert.rejects(sockets.open('203.0.113.9', ports, nothing, nothing), {
        code: 'failed',
        message: /cannot bind 203\.0\.113\.9:\d+: bind EADDRNOTAVAIL/,
      });
    });

    test('IPv6', async (t) => {
      const { sockets, ports, until } = await stage(t);
      const heard: string[] = [];
      const a = await sockets.open('::1', ports, nothing, nothing).catch((error: Error) => error);
      if (a instanceof Error) return t.skip(a.message);
      const b = await sockets.open('::1', ports, (packet, address) => heard.push(`${packet} ${address}`), nothing);
      a.sendRtp(Buffer.from('six'), b.port, '::1');
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ['six ::1']);
    });

    test('what cannot be sent is dropped, and nothing else comes of it', async (t) => {
      const { sockets, ports, until } = await stage(t);
      const heard: string[] = [];
      const pair = await sockets.open('127.0.0.1', ports, (packet) => heard.push(packet.toString()), nothing);
      pair.sendRtp(Buffer.from('to none'), 9, '192.0.2.300');
      pair.sendRtp(Buffer.from('to all'), pair.port, '255.255.255.255');
      pair.sendRtp(Buffer.alloc(70_000), pair.port, '127.0.0.1');
      pair.sendRtp(Buffer.from('to port 0'), 0, '127.0.0.1');
      pair.sendRtcp(Buffer.from('to port 0'), 0, '127.0.0.1');
      pair.sendRtp(Buffer.from('to one'), pair.port, '127.0.0.1');
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ['to one']);
      // Node's own sockets do not tell of all.
      if (kind === 'uring') assert.equal(sockets.faults.unsent, 5);
    });
  });
}

test('sockets that were asked for by name are those that come, or nothing is started', async () => {
  assert.equal((await chooseSockets('dgram')).kind, 'dgram');
  const { kind, reason: why } = await chooseSockets('auto');
  assert.equal(kind, works ? 'uring' : 'dgram');
  assert.equal(why === null, works);
  if (works) assert.equal((await chooseSockets('uring')).kind, 'uring');
  else await assert.rejects(chooseSockets('uring'), /media\.sockets is uring/);
});
