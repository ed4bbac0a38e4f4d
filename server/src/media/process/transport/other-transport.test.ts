import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rtpHeaderLength, writeRtpHeader } from '../../../rtp/rtp-header.ts';
import { telephoneEventLength, writeTelephoneEvent } from '../../../rtp/telephone-event.ts';
import type { TransportRequest } from '../../channel/commands.ts';
import { memoryProcess } from '../../testing/memory-process.ts';
import { MemoryPeer } from '../../testing/memory-transport.ts';
import { tone } from '../../testing/virtual-room.ts';

function stage(t: { after(done: () => void): void }, peers: Record<string, MemoryPeer>) {
  const told: unknown[] = [];
  const { clock, media } = memoryProcess(t, peers, {
    mediaTimeoutMs: 30_000,
    notify: (name, data) => void (name !== 'stats' && told.push({ [name]: data })),
  });
  return { clock, told, media };
}

test('legs of a kind that is no UDP talk in a room: sound both ways, digits, reports, figures, silence', async (t) => {
  const peers = { a: new MemoryPeer(), b: new MemoryPeer('PCMA', 8), c: new MemoryPeer() };
  const { clock, told, media } = stage(t, peers);
  media.createRoom({ room: 'room' });
  for (const [leg, peer] of Object.entries(peers)) {
    const transport = MemoryPeer.request(leg);
    assert.equal((await media.openLeg({ leg, cname: leg, transport })).kind as string, 'memory');
    await media.configureLeg({ leg, ...peer.configuration });
    media.joinRoom({ leg, room: 'room' });
  }
  const tones = { a: 500, b: 900, c: 0 };
  for (let frame = 0; frame < 600; frame++) {
    for (const [leg, peer] of Object.entries(peers)) {
      const frequency = tones[leg as 'a'];
      if (frequency > 0) peer.say(tone(frequency, frame), clock.monotonic());
    }
    clock.advance(20);
  }
  const loudness = (peer: MemoryPeer) => [500, 900].map((frequency) => peer.level(frequency) > 2000);
  assert.deepEqual(loudness(peers.a), [false, true]);
  assert.deepEqual(loudness(peers.b), [true, false]);
  assert.deepEqual(loudness(peers.c), [true, true]);
  for (const peer of Object.values(peers)) assert.ok(peer.reports.length > 0, 'RTCP went out');

  const event = Buffer.alloc(rtpHeaderLength + telephoneEventLength);
  for (let sequence = 0; sequence < 8; sequence++) {
    writeRtpHeader(event, 0, sequence === 0, 101, sequence, 90_000, 78);
    writeTelephoneEvent(event, rtpHeaderLength, 5, sequence > 4, 10, Math.min(800, 160 * (sequence + 1)));
    peers.a.transport!.take(event, clock.monotonic());
  }
  assert.deepEqual(
    told.filter((one) => JSON.stringify(one).includes('digit')).map((one) => JSON.stringify(one)),
    ['{"digit":{"leg":"a","digit":"5","durationMs":100}}'],
  );
  const [a] = media.stats().legs;
  assert.deepEqual([a!.packetsReceived, a!.lost, a!.foreign, a!.invalid], [600, 0, 0, 0]);

  clock.advance(40_000);
  assert.ok(told.some((one) => JSON.stringify(one).includes('{"mediaTimeout":{"leg":"a"')));
  const { transport } = peers.a;
  const reports = peers.a.reports.length;
  media.closeLeg({ leg: 'a' });
  assert.equal(transport!.closed, true);
  assert.equal(peers.a.reports.length, reports + 1, 'goodbye');
});

test('such a leg that is alone is sent nothing for the sake of address bindings', async (t) => {
  const peer = new MemoryPeer();
  const { clock, media } = stage(t, { a: peer });
  await media.openLeg({ leg: 'a', cname: 'a', transport: MemoryPeer.request('a') });
  await media.configureLeg({ leg: 'a', ...peer.configuration });
  clock.advance(60_000);
  assert.equal(peer.heard.length, 0);
});

test('a kind that is not there is refused, and leaves no leg behind', async (t) => {
  const { media } = stage(t, {});
  const transport = { kind: 'pigeon' } as unknown as TransportRequest;
  await assert.rejects(media.openLeg({ leg: 'a', cname: 'a', transport }), { code: 'invalid', message: /pigeon/ });
  assert.deepEqual(media.inventory().legs, []);
});
