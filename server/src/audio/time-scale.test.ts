import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { maxLagMs } from './pitch.ts';
import { SampleLine } from './sample-line.ts';
import { fitSine } from './testing/distortion.ts';
import { largestStep } from './testing/virtual-stream.ts';
import { TimeScale } from './time-scale.ts';

const amplitude = 8000;

/** 40 ms played, 40 ms waiting. */
function lineOf(rate: number, sound: (i: number) => number): SampleLine {
  const line = new SampleLine((maxLagMs * 2 * rate) / 1000, rate / 10);
  for (let i = 0; i < (rate * 80) / 1000; i++) line.pcm[line.write++] = Math.round(sound(i));
  line.read += (rate * 40) / 1000;
  return line;
}

for (const rate of [8000, 16000, 48000]) {
  for (const frequency of [100, 210, 437, 1004, 2500]) {
    test(`a tone is cut and stretched without a step or a wrong note (${frequency} Hz at ${rate} Hz)`, () => {
      const w = (2 * Math.PI * frequency) / rate;
      const scale = new TimeScale(rate);
      for (const way of ['shorten', 'lengthen'] as const) {
        const line = lineOf(rate, (i) => amplitude * Math.sin(w * i + 1));
        const before = line.filled;
        const change = scale[way](line, Number.POSITIVE_INFINITY, 0.9);
        assert.ok(change >= (rate * 2.5) / 1000 && change <= (rate * 15) / 1000, `${way} by ${change}`);
        assert.equal(line.filled, way === 'shorten' ? before - change : before + change);
        const from = line.read - (rate * 10) / 1000;
        assert.ok(largestStep(line.pcm, from, line.write) < amplitude * w * 1.2 + 2, way);
        // Only if phases agree before and after is one sine a good fit for all of it.
        const fit = fitSine(line.pcm, from, line.write - from, frequency, rate);
        assert.ok(fit.amplitude > amplitude * 0.93, `${way}: ${fit.amplitude}`);
      }
    });
  }
}

test('what does not resemble itself is left alone until that is allowed', () => {
  const random = new SeededRandom(3);
  const scale = new TimeScale(8000);
  const make = () => lineOf(8000, () => (random.float() - 0.5) * 10000);
  assert.equal(scale.shorten(make(), 1000, 0.95), 0);
  assert.equal(scale.lengthen(make(), 1000, 0.95), 0);
  assert.ok(scale.shorten(make(), 1000, -1) > 0);
  assert.ok(scale.lengthen(make(), 1000, -1) > 0);
});

test('the bound given is kept, and silence takes the longest', () => {
  const scale = new TimeScale(8000);
  const silence = () => lineOf(8000, () => 0);
  assert.equal(scale.shorten(silence(), 19, 0), 0);
  for (const most of [20, 57, 119]) assert.ok(scale.shorten(silence(), most, 1) <= most);
  assert.ok(scale.lengthen(silence(), 1000, 1) > 0);
  const little = silence();
  little.read = little.write - 50;
  assert.equal(scale.shorten(little, 1000, 0), 0);
});
