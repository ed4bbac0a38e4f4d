import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCodec, type Codec, codecByName, loadCodecs } from '../../../audio/codec.ts';
import { callIn, memoryProcess } from '../../testing/memory-process.ts';
import { MemoryPeer } from '../../testing/memory-transport.ts';
import { tone } from '../../testing/virtual-room.ts';

test('legs in Opus and in G.711 hear each other; silence in Opus is hardly sent; what cannot be sent is refused', async (t) => {
  // A peer has its codec from the start; a media process loads it when a leg is configured with it.
  const peers: Record<string, MemoryPeer> = {};
  const { clock, media } = memoryProcess(t, peers);
  await loadCodecs(['OPUS/48000']);
  peers['a'] = new MemoryPeer('opus/48000', 111);
  peers['b'] = new MemoryPeer('opus/48000', 96);
  peers['c'] = new MemoryPeer();
  media.createRoom({ room: 'room' });
  for (const [leg, peer] of Object.entries(peers)) await callIn(media, leg, peer);
  const { a, b, c } = peers as { a: MemoryPeer; b: MemoryPeer; c: MemoryPeer };
  const run = (frames: number, loud: boolean) => {
    for (let frame = 0; frame < frames; frame++) {
      a.say(loud ? tone(500, frame, 48_000) : new Int16Array(960), clock.monotonic());
      c.say(loud ? tone(900, frame) : new Int16Array(160), clock.monotonic());
      clock.advance(20);
    }
  };
  run(150, true);
  const hears = (peer: MemoryPeer) => [500, 900].map((frequency) => peer.level(frequency) > 2000);
  assert.deepEqual(
    [hears(a), hears(b), hears(c)],
    [
      [false, true],
      [true, true],
      [true, false],
    ],
  );
  assert.equal(media.stats().legs.find(({ leg }) => leg === 'a')!.lost, 0);
  run(100, false);
  const before = b.heard.length;
  run(100, false);
  assert.ok(b.heard.length - before < 20, `${b.heard.length - before} packets in two seconds of silence`);
  const { send, ...rest } = a.configuration;
  assert.throws(() => media.configureLeg({ leg: 'a', ...rest, send: { ...send!, ptime: 50 } }), { code: 'invalid' });
});

test('50 listeners in Opus share one encoder, whatever else is in the room', async (t) => {
  await loadCodecs(['OPUS/48000']);
  const opus = codecByName('OPUS/48000')!;
  let encoders = 0;
  let encoded = 0;
  const counted: Codec = {
    ...opus,
    name: 'COUNTED',
    createEncoder() {
      encoders++;
      const encoder = opus.createEncoder();
      return {
        encode(...args) {
          encoded++;
          return encoder.encode(...args);
        },
        close: () => encoder.close(),
      };
    },
  };
  addCodec(counted);
  const ears: Record<string, MemoryPeer> = { talker: new MemoryPeer(), first: new MemoryPeer('counted/48000', 111) };
  for (let i = 0; i < 49; i++) ears[`l${i}`] = new MemoryPeer('counted/48000', 111);
  const { clock, media } = memoryProcess(t, ears);
  media.createRoom({ room: 'room' });
  const peersOwn = encoders;
  for (const [leg, peer] of Object.entries(ears)) await callIn(media, leg, peer);
  for (let frame = 0; frame < 100; frame++) {
    ears['talker']!.say(tone(900, frame), clock.monotonic());
    clock.advance(20);
  }
  const listeners = Object.keys(ears).length - 1;
  assert.equal(listeners, 50);
  assert.equal(encoders - peersOwn, 1, 'encoders in the room');
  assert.ok(encoded <= 101, `${encoded} frames encoded in 100 ticks`);
  for (const [leg, peer] of Object.entries(ears)) {
    if (leg !== 'talker') assert.ok(peer.heard.length > 90, `${leg} got ${peer.heard.length} packets`);
  }
  assert.deepEqual(ears['first']!.heard.at(-1), ears['l48']!.heard.at(-1), 'the same bytes');
  assert.ok(ears['l7']!.level(900) > 2000);
});
