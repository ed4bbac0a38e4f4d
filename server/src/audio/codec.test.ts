import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, codecByName, loadCodecs, maxPacketMs, offerCodec, pcmu } from './codec.ts';

test('codecs are found by their SDP names', () => {
  assert.equal(codecByName('PCMU')?.name, 'PCMU');
  assert.equal(codecByName('pcma/8000')?.name, 'PCMA');
  assert.equal(codecByName('L16', 48000)?.sampleRate, 48000);
  assert.equal(codecByName('L16/16000')?.clockRate, 16000);
  assert.equal(codecByName('PCMU', 16000), null);
  assert.equal(codecByName('G729'), null);
  assert.equal(codecByName(''), null);
});

test('L16 is big endian, exact, and cuts a half sample off', () => {
  const codec = codecByName('L16', 16000)!;
  const pcm = Int16Array.of(0, 1, -1, 32767, -32768, 258);
  const bytes = new Uint8Array(13);
  assert.equal(codec.createEncoder().encode(pcm, 0, 6, bytes, 0), 12);
  assert.deepEqual([...bytes.subarray(10, 12)], [1, 2]);
  const back = new Int16Array(6);
  assert.equal(codec.createDecoder().decode(bytes, 0, 13, back), 6);
  assert.deepEqual(back, pcm);
});

test('a decoder never writes beyond its output', () => {
  for (const name of ['PCMU', 'PCMA', 'L16']) {
    const decoder = codecByName(name)!.createDecoder();
    const out = new Int16Array(10);
    assert.equal(decoder.decode(new Uint8Array(2000), 0, 2000, out, 4), 6);
    assert.equal(decoder.decode(new Uint8Array(2000), 0, 2000, out, 10), 0);
    assert.equal(decoder.decode(new Uint8Array(2000), 7, 7, out), 0);
    assert.equal(decoder.decode(new Uint8Array(2000), 9, 7, out), 0);
  }
});

test('how loud a payload is, is seen without decoding it', () => {
  const pcm = Int16Array.from({ length: 160 }, (_, at) => Math.round(8000 * Math.sin(at / 3)));
  const mean = pcm.reduce((sum, sample) => sum + Math.abs(sample), 0) / pcm.length;
  for (const name of ['PCMU', 'PCMA', 'L16']) {
    const codec = codecByName(name)!;
    const bytes = new Uint8Array(320);
    const loudness = (sound: Int16Array) => {
      const end = codec.createEncoder().encode(sound, 0, 160, bytes, 0);
      return codec.loudness(bytes, 0, end);
    };
    assert.ok(Math.abs(loudness(pcm) / mean - 1) < 0.15, `${name}: ${loudness(pcm)} of ${mean}`);
    assert.ok(loudness(new Int16Array(160)) <= 8, name);
    assert.equal(codec.loudness(bytes, 5, 5), 0);
  }
});

test('silence stays silence', () => {
  for (const name of ['PCMU', 'PCMA', 'L16']) {
    const codec = codecByName(name)!;
    const out = new Int16Array(80);
    const silence = new Uint8Array(160);
    const bytes = codec.createEncoder().encode(out, 0, 80, silence, 0);
    const samples = codec.createDecoder().decode(silence, 0, bytes, out);
    for (let i = 0; i < samples; i++) assert.ok(Math.abs(out[i]!) <= 8);
    assert.equal(codec.maxPayload % maxPacketMs, 0);
  }
});

test('a codec that several want while it is made is made once', async () => {
  const made: Codec[] = [];
  offerCodec('LATE', 8000, async () => {
    const codec = { ...pcmu, name: 'LATE' };
    await Promise.resolve();
    made.push(codec);
    return codec;
  });
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((one) => loadCodecs(['PCMU', 'late'])?.then(() => order.push(one))));
  assert.deepEqual([made.length, order, loadCodecs(['LATE'])], [1, [1, 2, 3], null]);
  assert.equal(codecByName('LATE'), made[0]);
  let tries = 0;
  offerCodec('BROKEN', 8000, () => Promise.reject(new Error(`try ${++tries}`)));
  await assert.rejects(loadCodecs(['BROKEN'])!, /try 1/);
  await assert.rejects(loadCodecs(['BROKEN'])!, /try 2/);
});
