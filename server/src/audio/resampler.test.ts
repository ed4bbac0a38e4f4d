import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { goertzel } from './goertzel.ts';
import { Resampler } from './resampler.ts';
import { fitSine } from './testing/distortion.ts';

const pairs = [
  [8000, 16000],
  [8000, 48000],
  [16000, 48000],
  [16000, 8000],
  [48000, 8000],
  [48000, 16000],
] as const;
const amplitude = 10000;

function sineThrough(from: number, to: number, frequency: number): Int16Array {
  const resampler = new Resampler(from, to);
  const samples = from / 2;
  const input = Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / from)),
  );
  const out = new Int16Array(to / 2);
  assert.equal(resampler.process(input, samples, out), to / 2);
  return out;
}

for (const [from, to] of pairs) {
  const low = Math.min(from, to);
  const settle = to / 20;

  test(`${from} → ${to}: flat where it should pass`, () => {
    for (let frequency = 100; frequency <= 0.425 * low; frequency += 0.025 * low) {
      const fit = fitSine(sineThrough(from, to, frequency), settle, to / 4, frequency, to);
      const db = 20 * Math.log10(fit.amplitude / amplitude);
      assert.ok(Math.abs(db) < 0.1, `${frequency} Hz: ${db.toFixed(2)} dB`);
      // What is left is rounding: images and aliases are at least 55 dB down.
      assert.ok(fit.residual < (amplitude / Math.SQRT2) * 10 ** (-55 / 20), `${frequency} Hz: ${fit.residual}`);
    }
  });

  if (from > to) {
    test(`${from} → ${to}: nothing folds back`, () => {
      for (let frequency = 0.5 * low; frequency <= from / 2 - 50; frequency += 0.037 * low) {
        const out = sineThrough(from, to, frequency);
        let energy = 0;
        for (let i = settle; i < out.length; i++) energy += out[i]! ** 2;
        const db = 10 * Math.log10(Math.max(energy / (out.length - settle), 1e-9) / (amplitude ** 2 / 2));
        assert.ok(db < -50, `${frequency} Hz: ${db.toFixed(1)} dB`);
      }
    });
  } else {
    test(`${from} → ${to}: no image above the old band`, () => {
      for (const frequency of [300, 0.2 * low, 0.42 * low]) {
        const out = sineThrough(from, to, frequency);
        for (let band = 1; band < to / low; band++) {
          for (const image of [band * low - frequency, band * low + frequency]) {
            if (image >= to / 2) continue;
            const db = 20 * Math.log10(goertzel(out, settle, to / 4, image, to) / amplitude);
            assert.ok(db < -50, `${frequency} Hz at ${image} Hz: ${db.toFixed(1)} dB`);
          }
        }
      }
    });
  }

  test(`${from} → ${to}: frames join without a seam`, () => {
    const seed = from + to;
    const random = new SeededRandom(seed);
    const input = Int16Array.from({ length: 4800 }, () => random.int(20000) - 10000);
    const whole = new Int16Array(4800 * 6);
    const total = new Resampler(from, to).process(input, 4800, whole);
    assert.equal(total, (4800 * to) / from);
    const parts = new Resampler(from, to);
    const piece = new Int16Array(4800 * 6);
    let at = 0;
    for (let done = 0; done < 4800; ) {
      const count = Math.min(4800 - done, 1 + random.int(700));
      const expected = parts.outputFor(count);
      const given = parts.process(input.subarray(done, done + count), count, piece);
      assert.equal(given, expected);
      for (let i = 0; i < given; i++) assert.equal(piece[i], whole[at + i], `seed ${seed}`);
      at += given;
      done += count;
    }
    assert.equal(at, total);
  });

  test(`${from} → ${to}: a constant stays, full scale does not wrap`, () => {
    for (const level of [1000, 32767, -32768]) {
      const out = new Int16Array(to / 5);
      const resampler = new Resampler(from, to);
      resampler.process(new Int16Array(from / 5).fill(level), from / 5, out);
      for (let i = to / 10; i < out.length; i++) assert.ok(Math.abs(out[i]! - level) <= 1);
      for (const value of out) assert.ok(Math.sign(value) * Math.sign(level) >= 0 || Math.abs(value) < 8000);
    }
  });
}

test('equal rates copy; rates without a whole ratio are refused', () => {
  const out = new Int16Array(3);
  assert.equal(new Resampler(8000, 8000).process(Int16Array.of(1, 2, 3), 3, out), 3);
  assert.deepEqual([...out], [1, 2, 3]);
  assert.throws(() => new Resampler(44100, 48000), RangeError);
});
