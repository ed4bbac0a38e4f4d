import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCodec, codecByName, loadCodecs, offerCodec } from '../../../audio/codec.ts';
import { goertzel } from '../../../audio/goertzel.ts';
import { Playout } from '../../../audio/playout.ts';
import { statefulCodec } from '../../../audio/testing/stateful-codec.ts';
import type { VirtualLeg } from '../../testing/virtual-leg.ts';
import { level, tone, VirtualRoom } from '../../testing/virtual-room.ts';

/** One codec for each test: what is counted is of that test alone. */
let made = 0;

function offered(rate = 16_000) {
  const { codec, use } = statefulCodec(`DELTA${++made}`, rate);
  addCodec(codec);
  return { name: `${codec.name}/${rate}`, codec, use };
}

for (const ptime of [20, 60]) {
  test(`200 listeners of a codec with state share one encoder (packets of ${ptime} ms)`, () => {
    const { name, use } = offered();
    const stage = new VirtualRoom();
    const a = stage.add('a');
    for (let i = 0; i < 200; i++) stage.add(`l${i}`, { codec: name, ptime });
    const before = use.encoders;
    const ticks = 60;
    stage.run(ticks, (leg, frame) => (leg === a ? tone(400, frame) : null));
    // The 200 peers of the test make one for each packet that they say.
    assert.equal(use.encoders - before - 200 * ticks, 1, 'encoders in the room');
    const heard = stage.legs[7]!;
    assert.ok(Math.abs(level(heard, 400) - 8000) < 400, `${level(heard, 400)}`);
    const packets = heard.sent.length;
    assert.ok(packets >= Math.floor((58 * 20) / ptime), `${packets} packets`);
    for (const [i, packet] of heard.sent.entries()) {
      if (i > 0) assert.equal((packet.timestamp - heard.sent[i - 1]!.timestamp) >>> 0, ptime * 16);
    }
  });
}

test('a leg that sleeps decodes nothing, whatever its codec, and wakes with the first loud packet', () => {
  const { name, use } = offered();
  const stage = new VirtualRoom();
  const talker = stage.add('t', { codec: name });
  for (let i = 0; i < 20; i++) stage.add(`l${i}`, { codec: name });
  const quiet = (leg: VirtualLeg, frame: number) => (leg === talker ? tone(400, frame, 16_000) : null);
  stage.run(80, quiet);
  const before = use.decoded;
  stage.run(50, quiet);
  assert.ok(use.decoded - before <= 51, `${use.decoded - before} packets decoded in 50 ticks of one who talks`);
  stage.run(50, (leg, frame) => (leg === stage.legs[3] ? tone(700, frame, 16_000) : null));
  assert.ok(level(talker, 700) > 6000, `${level(talker, 700)}`);
});

test('a room follows its best talker, and goes back when it has left; everybody hears everybody meanwhile', () => {
  const stage = new VirtualRoom();
  const [a, b] = ['a', 'b'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg];
  const says = (leg: VirtualLeg, frame: number) =>
    tone({ a: 400, b: 700, w: 1500 }[leg.leg.id]!, frame, leg.codec.sampleRate);
  stage.run(60, says);
  assert.equal(stage.room.rate, 8000);
  const w = stage.add('w', { codec: 'L16/48000' });
  assert.equal(stage.room.rate, 48_000);
  stage.run(100, says);
  for (const [leg, other] of [
    [a, 700],
    [a, 1500],
    [b, 400],
    [w, 400],
    [w, 700],
  ] as const) {
    assert.ok(Math.abs(level(leg, other) - 8000) < 500, `${leg.leg.id} hears ${other}: ${level(leg, other)}`);
  }
  stage.room.leave(w.leg);
  stage.legs.pop();
  stage.room.refresh();
  assert.equal(stage.room.rate, 8000);
  stage.run(80, says);
  assert.ok(Math.abs(level(a, 700) - 8000) < 500);
});

test('what is played goes on when the rate of the room changes', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  const source = new ToneSounds();
  stage.room.plays.push({ id: 'p', source: source as never });
  stage.room.refresh();
  stage.run(50, () => null);
  stage.add('w', { codec: 'L16/16000' });
  stage.run(80, () => null);
  assert.ok(Math.abs(level(a, 900) - 6000) < 500, `${level(a, 900)}`);
});

/** A source at 8 kHz without end. */
class ToneSounds {
  readonly rate = 8000;
  readonly over = false;
  #frame = 0;

  render(out: Int16Array, samples: number): void {
    out.set(tone(900, this.#frame++, 8000, 6000).subarray(0, samples));
  }
}

test('encoders and decoders are closed with their legs and rooms', () => {
  const { name, use } = offered();
  const stage = new VirtualRoom();
  for (let i = 0; i < 4; i++) stage.add(`l${i}`, { codec: name });
  stage.run(30, (leg, frame) => (leg.leg.id === 'l0' ? tone(400, frame, 16_000) : null));
  for (const { leg } of stage.legs) {
    stage.room.leave(leg);
    leg.close();
  }
  stage.room.close();
  // The peers of the test never close theirs: each packet they said had an encoder, each that was heard has none.
  assert.equal(use.open, 4 * 30);
});

test('what is lost is told by the packet behind it', () => {
  const { codec, use } = offered();
  const playout = new Playout({ codec, minDelayMs: 60 });
  const encoder = codec.createEncoder();
  const heard = new Int16Array(320 * 60);
  const payload = new Uint8Array(codec.maxPayload);
  for (let frame = 0; frame < 60; frame++) {
    const pcm = tone(400, frame, 16_000);
    const bytes = encoder.encode(pcm, 0, 320, payload, 0);
    if (frame % 9 !== 5) playout.put(frame, frame * 320, payload, 0, bytes, frame * 20);
    const out = new Int16Array(320);
    playout.pull(out, 320, frame * 20 + 10);
    heard.set(out, frame * 320);
  }
  assert.ok(use.recovered >= 5, `${use.recovered} recovered`);
  assert.ok(playout.stats.concealed < 30, `${playout.stats.concealed} ms made up`);
  const window = heard.subarray(320 * 10);
  assert.ok(goertzel(window, 0, window.length, 400, 16_000) > 7000);
});

test('what has waited too long, as after a stall, is dropped before it is decoded', () => {
  const { codec, use } = offered();
  const playout = new Playout({ codec });
  const encoder = codec.createEncoder();
  const payload = new Uint8Array(codec.maxPayload);
  const out = new Int16Array(320);
  const comes = (frame: number) => {
    const bytes = encoder.encode(tone(400, frame, 16_000), 0, 320, payload, 0);
    playout.put(frame, frame * 320, payload, 0, bytes, frame * 20);
  };
  let frame = 0;
  for (; frame < 50; frame++) {
    comes(frame);
    playout.pull(out, 320, frame * 20 + 10);
  }
  // Nobody pulls for a second and a half; then for a second more, in time.
  for (; frame < 125; frame++) comes(frame);
  const before = use.decoded;
  for (; frame < 175; frame++) {
    comes(frame);
    playout.pull(out, 320, frame * 20 + 10);
  }
  const decoded = use.decoded - before;
  assert.ok(decoded >= 50 && decoded <= 50 + 10, `${decoded} decoded of 125`);
  assert.ok(playout.stats.discarded >= 60, `${playout.stats.discarded} dropped`);
});

test('a codec that takes time is there once it was asked for', async () => {
  const { codec } = statefulCodec('SLOW', 48_000);
  let loads = 0;
  offerCodec('SLOW', 48_000, async () => {
    loads++;
    return codec;
  });
  assert.equal(codecByName('slow/48000'), null);
  await loadCodecs(['PCMU', 'slow/48000', 'unknown/8000']);
  assert.equal(codecByName('slow/48000'), codec);
  assert.equal(loadCodecs(['PCMU', 'slow/48000', 'unknown/8000']), null);
  assert.equal(loads, 1);
});
