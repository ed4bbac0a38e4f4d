import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Codec, pcmu } from './codec.ts';
import { loadOpus, opusLoudness, opusSamples } from './opus.ts';
import { signalToNoise, speechThrough } from './testing/quality.ts';

const opus = await loadOpus();
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('what a packet says of itself', () => {
  test('how long it is, by its TOC', () => {
    const samples = (...values: number[]) => opusSamples(bytes(...values), 0, values.length);
    assert.equal(samples(0x78, 0), 960, 'hybrid, 20 ms');
    assert.equal(samples(0x18, 0), 2880, 'SILK, 60 ms');
    assert.equal(samples(0x80, 0), 120, 'CELT, 2.5 ms');
    assert.equal(samples(0x79, 0), 1920, 'two frames');
    assert.equal(samples(0x7b, 0x83), 2880, 'three');
    assert.equal(samples(0x1b, 3), 0, 'longer than 120 ms');
    assert.equal(samples(0x7b), 0, 'how many is missing');
    assert.equal(samples(), 0);
    assert.equal(opusSamples(bytes(1, 2, 0x78, 0), 2, 4), 960);
  });

  test('whether there is voice in it; what cannot be told counts as loud', () => {
    const loud = (...values: number[]) => opusLoudness(bytes(...values), 0, values.length) > 0;
    assert.equal(loud(0x78), false, 'DTX');
    assert.equal(loud(0x78, 0x07, 1, 2), false);
    assert.equal(loud(0x78, 0x47, 1, 2), false, 'what repairs the one before is not voice');
    assert.equal(loud(0x78, 0x87, 1, 2), true);
    assert.equal(loud(0x18, 0x20, 1, 2), true, 'in the third of three frames');
    assert.equal(loud(0x18, 0x10, 1, 2), false);
    assert.equal(loud(0x7c, 0x20, 1, 2), true, 'in the other channel');
    assert.equal(loud(0xf8, 0, 1, 2), true, 'CELT');
    assert.equal(loud(0x79, 0, 1, 2), true, 'several frames');
  });
});

test('speech with loss is nearer to that without than in G.711, since packets tell of those before', async (t) => {
  // So that the packet behind one that is lost is there when that is due.
  const through = (codec: Codec, loss: number) => speechThrough(codec, { loss, minDelayMs: 80 });
  const clean = { opus: await through(opus, 0), g711: await through(pcmu, 0) };
  assert.equal(clean.opus.playout.stats.lost, 0);
  for (const loss of [1, 5, 20]) {
    const withOpus = await through(opus, loss);
    const ours = signalToNoise(withOpus.sound, clean.opus.sound, 48_000);
    const usual = signalToNoise((await through(pcmu, loss)).sound, clean.g711.sound, 8000);
    const { lost, recovered } = withOpus.playout.stats;
    t.diagnostic(
      `${loss} %: ${ours.toFixed(1)} dB, G.711 ${usual.toFixed(1)} dB; ${lost} lost, ${recovered} ms recovered`,
    );
    assert.ok(ours > usual, `${loss} %: ${ours} against ${usual} dB`);
    assert.ok(recovered > 0);
  }
});

test('so it is at the shortest delay: after a loss the packet behind the next one is waited for', async (t) => {
  const clean = new Map<Codec, Int16Array>();
  for (const codec of [opus, pcmu]) clean.set(codec, (await speechThrough(codec, { loss: 0, seconds: 40 })).sound);
  for (const [loss, atLeast] of [
    [1, 0.5],
    [5, 0.5],
  ] as const) {
    const heard = async (codec: Codec) => {
      const { sound, playout } = await speechThrough(codec, { loss, seconds: 40 });
      // The first losses are made up, and then sound is put in to be later by a packet.
      const settled = 10 * codec.sampleRate;
      const ideal = clean.get(codec)!.subarray(settled);
      const decibels = signalToNoise(sound.subarray(settled), ideal, codec.sampleRate);
      return { stats: playout.stats, decibels };
    };
    const ours = await heard(opus);
    const usual = await heard(pcmu);
    t.diagnostic(`${loss} %: ${ours.decibels.toFixed(1)} dB, G.711 ${usual.decibels.toFixed(1)} dB`);
    assert.ok(ours.decibels > usual.decibels + atLeast, `${ours.decibels} against ${usual.decibels} dB`);
    assert.ok(ours.stats.concealed < usual.stats.concealed / 3);
    assert.ok(ours.stats.delayMs < 45, `${ours.stats.delayMs} ms`);
  }
});

test('sound goes through as it is, and silence costs next to nothing', () => {
  const encoder = opus.createEncoder();
  const decoder = opus.createDecoder();
  const out = new Uint8Array(opus.maxPayload);
  const pcm = new Int16Array(960);
  const back = new Int16Array(960);
  const sizes: number[] = [];
  let energy = 0;
  for (let n = 0; n < 100; n++) {
    for (let i = 0; i < 960; i++) pcm[i] = n < 50 ? 8000 * Math.sin((2 * Math.PI * 440 * (n * 960 + i)) / 48_000) : 0;
    const size = encoder.encode(pcm, 0, 960, out, 0);
    sizes.push(size);
    if (size > 0) assert.equal(decoder.decode(out, 0, size, back), 960);
    if (n === 40) energy = Math.sqrt(back.reduce((sum, value) => sum + value * value, 0) / 960);
  }
  assert.ok(Math.abs(energy - 8000 / Math.SQRT2) < 600, `${energy}`);
  assert.equal(sizes.slice(0, 60).includes(0), false, 'a steady tone is no silence, and silence begins with some');
  assert.equal(sizes.slice(60).filter((size) => size > 0).length, 2, 'then every 400 ms');
  encoder.close();
  decoder.close();
  decoder.close();
  assert.equal(encoder.encode(pcm, 0, 960, out, 0), 0);
  assert.equal(decoder.decode(out, 0, 10, back), 0);
});

test('made-up sound of any length goes on without a seam, and nothing that comes throws', () => {
  const decoder = opus.createDecoder();
  const out = new Int16Array(6000);
  for (const samples of [437, 437, 1, 960, 119]) decoder.conceal!(out, 0, samples);
  for (let first = 0; first < 256; first++) {
    const payload = bytes(first, 0xff, first, 7, 9);
    for (let end = 0; end <= 5; end++) {
      assert.ok(decoder.decode(payload, 0, end, out) >= 0);
      if (end > 0) assert.ok(decoder.recover!(payload, 0, end, out, 0, 960) >= 0);
    }
  }
  assert.ok(decoder.decode(bytes(0x78, 7, 1), 0, 3, out, 5500) <= 500, 'no further than there is room');
  decoder.close();
});

test('more than are ready at once speak a moment later', async () => {
  const encoders = Array.from({ length: 20 }, () => opus.createEncoder());
  await new Promise((done) => setImmediate(done));
  const out = new Uint8Array(opus.maxPayload);
  for (const encoder of encoders) {
    assert.ok(encoder.encode(new Int16Array(960).fill(99), 0, 960, out, 0) > 0);
    encoder.close();
  }
});
