import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { ceiling, Limiter } from './limiter.ts';

const rate = 8000;
const frame = 160;

function peakOf(mix: Int32Array): number {
  return mix.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

test('never beyond the ceiling, never the wrong sign, whatever comes', () => {
  const seed = 7;
  const random = new SeededRandom(seed);
  const limiter = new Limiter(rate);
  const mix = new Int32Array(frame);
  const out = new Int16Array(frame);
  for (let n = 0; n < 3000; n++) {
    const loudness = 2 ** random.int(27);
    for (let i = 0; i < frame; i++) mix[i] = Math.round((random.float() * 2 - 1) * loudness);
    limiter.process(mix, frame, peakOf(mix), out);
    for (let i = 0; i < frame; i++) {
      assert.ok(Math.abs(out[i]!) <= ceiling, `seed ${seed}, frame ${n}`);
      assert.ok(out[i] === 0 || Math.sign(out[i]!) === Math.sign(mix[i]!), `seed ${seed}, frame ${n}`);
    }
  }
});

test('below the ceiling the limiter is not there', () => {
  const limiter = new Limiter(rate);
  const mix = Int32Array.from({ length: frame }, (_, i) => (i % 3 === 0 ? ceiling : -ceiling));
  const out = new Int16Array(frame);
  limiter.process(mix, frame, ceiling, out);
  assert.deepEqual([...out], [...mix]);
  assert.equal(limiter.idle, true);
});

test('after a loud moment the gain stays, then comes back without a step, and ends at exactly 1', () => {
  const limiter = new Limiter(rate);
  const out = new Int16Array(frame);
  const loud = new Int32Array(frame).fill(60000);
  const quiet = new Int32Array(frame).fill(10000);
  limiter.process(loud, frame, 60000, out);
  assert.ok(Math.abs(limiter.gain - ceiling / 60000) < 1e-9);
  const held = limiter.gain;
  limiter.process(quiet, frame, 10000, out);
  assert.equal(limiter.gain, held);
  let last = out[frame - 1]!;
  let frames = 0;
  while (!limiter.idle) {
    limiter.process(quiet, frame, 10000, out);
    for (let i = 0; i < frame; i++) {
      assert.ok(out[i]! >= last && out[i]! - last <= 4);
      last = out[i]!;
    }
    assert.ok(++frames < 100);
  }
  assert.equal(last, 10000);
  assert.ok(frames > 10);
});

test('a loud sound that follows a quiet one is met by a ramp, not a cut', () => {
  const limiter = new Limiter(rate);
  const mix = new Int32Array(frame);
  const out = new Int16Array(frame);
  for (let i = 0; i < frame; i++) mix[i] = i < 80 ? 20000 : 64000;
  limiter.process(mix, frame, 64000, out);
  for (let i = 1; i < 80; i++) assert.ok(Math.abs(out[i]! - out[i - 1]!) <= 200);
  assert.equal(out[80], ceiling);
  assert.equal(out[159], ceiling);
});
