import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { frameLevel } from './level.ts';
import { Concealment, concealmentMs, plcHistoryMs } from './plc.ts';
import { SampleLine } from './sample-line.ts';
import { fitSine } from './testing/distortion.ts';
import { largestStep } from './testing/virtual-stream.ts';

function lineOf(rate: number, sound: (i: number) => number): SampleLine {
  const line = new SampleLine((plcHistoryMs * rate) / 1000, rate / 10);
  for (let i = 0; i < rate / 20; i++) line.pcm[line.write++] = Math.round(sound(i));
  line.read = line.write;
  return line;
}

for (const rate of [8000, 16000, 48000]) {
  for (const frequency of [97, 215, 440, 1234]) {
    test(`a tone goes on through a gap and fades (${frequency} Hz at ${rate} Hz)`, () => {
      const w = (2 * Math.PI * frequency) / rate;
      const line = lineOf(rate, (i) => 8000 * Math.sin(w * i));
      const begin = line.write;
      const concealment = new Concealment(rate);
      concealment.start(line);
      concealment.render(line.pcm, line.write, (rate * 80) / 1000);
      // The joint is smooth.
      assert.ok(largestStep(line.pcm, begin - 50, begin + (rate * 80) / 1000) < 8000 * w * 1.25 + 2);
      // 10 ms at full loudness and the same pitch.
      const fit = fitSine(line.pcm, begin, rate / 100, frequency, rate);
      assert.ok(fit.amplitude > 7000, `${fit.amplitude}`);
      const end = begin + (rate * concealmentMs) / 1000;
      for (let i = end; i < begin + (rate * 80) / 1000; i++) assert.equal(line.pcm[i], 0);
      assert.equal(concealment.faded, true);
    });
  }
}

test('noise is replaced by something as loud, never louder', () => {
  const random = new SeededRandom(2);
  const line = lineOf(8000, () => (random.float() - 0.5) * 16000);
  const concealment = new Concealment(8000);
  concealment.start(line);
  const out = new Int16Array(480);
  concealment.render(out, 0, 480);
  const before = frameLevel(line.pcm.subarray(line.read - 160), 160);
  assert.ok(Math.abs(frameLevel(out, 80) - before) < 3);
  assert.ok(frameLevel(out.subarray(240), 80) < before - 3);
});

test('nothing, and full scale, are concealed without surprise', () => {
  const out = new Int16Array(480);
  const concealment = new Concealment(8000);
  assert.equal(concealment.faded, true);
  concealment.start(lineOf(8000, () => 0));
  concealment.render(out, 0, 480);
  assert.ok(out.every((value) => value === 0));
  concealment.start(lineOf(8000, (i) => (i % 40 < 20 ? 32767 : -32768)));
  concealment.render(out, 0, 80);
  for (let i = 0; i < 80; i++) assert.ok(Math.abs(out[i]!) > 16000);
});
