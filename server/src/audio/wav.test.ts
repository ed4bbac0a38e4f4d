import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { SeededRandom } from '../base/random.ts';
import { encodeUlaw } from './g711.ts';
import { readWav, writeWav } from './wav.ts';

const pcm = Int16Array.from({ length: 1000 }, (_, i) => Math.round(9000 * Math.sin(i / 7)));

/** A file of given format fields and data, with a chunk of odd length before the data. */
function file(code: number, channels: number, rate: number, bits: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(58 + data.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, name: string) => bytes.set(Buffer.from(name, 'latin1'), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * channels * bits) / 8, true);
  view.setUint16(32, (channels * bits) / 8, true);
  view.setUint16(34, bits, true);
  text(36, 'note');
  view.setUint32(40, 5, true);
  text(44, 'hello');
  text(50, 'data');
  view.setUint32(54, data.length, true);
  bytes.set(data, 58);
  return bytes;
}

test('what is written is read', () => {
  for (const rate of [8000, 16000, 48000]) {
    const wav = readWav(writeWav(pcm, rate));
    assert.equal(wav.sampleRate, rate);
    assert.deepEqual(wav.pcm, pcm);
  }
});

test('µ-law, other chunks, odd offsets, two channels', () => {
  const bytes = new Uint8Array(1000);
  encodeUlaw(pcm, 0, 1000, bytes, 0);
  const ulaw = readWav(file(7, 1, 8000, 8, bytes));
  assert.equal(ulaw.pcm.length, 1000);
  for (let i = 0; i < 1000; i++) assert.ok(Math.abs(ulaw.pcm[i]! - pcm[i]!) < 300);
  const stereo = new Int16Array(2000);
  for (let i = 0; i < 1000; i++) {
    stereo[2 * i] = pcm[i]! + 100;
    stereo[2 * i + 1] = pcm[i]! - 100;
  }
  const whole = file(1, 2, 16000, 16, new Uint8Array(stereo.buffer));
  const shifted = new Uint8Array(whole.length + 1);
  shifted.set(whole, 1);
  assert.deepEqual(readWav(shifted.subarray(1)).pcm, pcm);
});

test('a truncated or endless data chunk is read as far as it goes', () => {
  const bytes = writeWav(pcm, 8000);
  assert.equal(readWav(bytes.subarray(0, 44 + 301)).pcm.length, 150);
  new DataView(bytes.buffer).setUint32(40, 0xffffffff, true);
  assert.deepEqual(readWav(bytes).pcm, pcm);
});

test('what cannot be played is refused in words', () => {
  const data = new Uint8Array(100);
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /no RIFF/],
    [Buffer.from('not a sound at all'), /no RIFF/],
    [file(1, 1, 44100, 16, data), /sample rate 44100/],
    [file(1, 3, 8000, 16, data), /3 channels/],
    [file(1, 1, 8000, 24, data), /24 bits/],
    [file(3, 1, 8000, 32, data), /format 3/],
    [writeWav(pcm, 8000).subarray(0, 30), /format chunk too short/],
    [writeWav(pcm, 8000).subarray(0, 36), /no data chunk/],
  ];
  for (const [bytes, why] of cases) {
    assert.throws(
      () => readWav(bytes),
      (error: unknown) => error instanceof AppError && error.code === 'invalidArgument' && why.test(error.message),
    );
  }
  assert.throws(() => readWav(writeWav(pcm, 8000), 1000), /at most 1000/);
});

test('mutated files are read or refused, never anything else', () => {
  const seed = 4711;
  const random = new SeededRandom(seed);
  const original = file(1, 1, 8000, 16, new Uint8Array(200));
  for (let n = 0; n < 20000; n++) {
    const bytes = original.slice(0, random.int(4) === 0 ? random.int(original.length) : original.length);
    for (let k = 0; k <= random.int(4); k++) {
      if (bytes.length > 0) bytes[random.int(bytes.length)] = random.int(3) === 0 ? 0xff : random.int(256);
    }
    try {
      assert.ok(readWav(bytes).pcm.length <= 100);
    } catch (error) {
      assert.ok(error instanceof AppError, `seed ${seed}, mutation ${n}: ${error}`);
    }
  }
});
