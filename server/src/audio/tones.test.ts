import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goertzelLevel } from './goertzel.ts';
import { dtmfFrequencies, type Tone, ToneSource, toneByName, tones } from './tones.ts';

function render(source: ToneSource, samples: number, frame = 160): { pcm: Int16Array; length: number } {
  const pcm = new Int16Array(samples);
  let length = 0;
  for (let at = 0; at < samples; at += frame) {
    const out = new Int16Array(frame);
    length += source.render(out, frame);
    pcm.set(out.subarray(0, Math.min(frame, samples - at)), at);
  }
  return { pcm, length };
}

for (const rate of [8000, 16000, 48000]) {
  test(`ringback sounds, pauses and sounds again (${rate} Hz)`, () => {
    const { pcm } = render(new ToneSource(toneByName('ringback')!, rate), rate * 8, rate / 50);
    for (const frequency of [440, 480]) {
      assert.ok(Math.abs(goertzelLevel(pcm, rate / 10, rate, frequency, rate) + 22) < 0.2);
      assert.ok(Math.abs(goertzelLevel(pcm, rate * 6.5, rate, frequency, rate) + 22) < 0.2);
    }
    for (let i = rate * 2; i < rate * 6; i++) assert.equal(pcm[i], 0);
  });
}

test('tones end, start and stop softly, and never pass full scale', () => {
  for (const name of [...Object.keys(tones), 'dtmf:5']) {
    const tone = toneByName(name)!;
    const { pcm, length } = render(new ToneSource(tone, 8000), 80000);
    const total = tone.steps.reduce((sum, step) => sum + step.ms * 8, 0);
    assert.equal(length, tone.repeat ? 80000 : total);
    assert.ok(Math.abs(pcm[0]!) < 1500, name);
    for (let i = length; i < 80000; i++) assert.equal(pcm[i], 0);
  }
});

test('the beep of a recording has the pitch that people know, and is short', () => {
  const { pcm, length } = render(new ToneSource(toneByName('recording')!, 8000), 4000);
  assert.ok(length / 8 >= 150 && length / 8 <= 500);
  assert.ok(goertzelLevel(pcm, 80, 1200, 1400, 8000) > -27);
});

test('entry rises, exit falls', () => {
  const level = (name: string, at: number, frequency: number) =>
    goertzelLevel(render(new ToneSource(toneByName(name)!, 8000), 2400).pcm, at, 800, frequency, 8000);
  assert.ok(level('entry', 80, 523.25) > level('entry', 80, 783.99) + 20);
  assert.ok(level('entry', 1200, 783.99) > level('entry', 1200, 523.25) + 20);
  assert.ok(level('exit', 80, 783.99) > level('exit', 80, 523.25) + 20);
});

test('DTMF frequencies, and what is not a digit', () => {
  assert.deepEqual(dtmfFrequencies('1'), [697, 1209]);
  assert.deepEqual(dtmfFrequencies('#'), [941, 1477]);
  assert.deepEqual(dtmfFrequencies('d'), [941, 1633]);
  for (const other of ['', '12', 'x', '0*']) assert.equal(dtmfFrequencies(other), null);
  assert.equal(toneByName('dtmf:x'), null);
  assert.equal(toneByName('toString'), null);
});

test('a steady sine has no seam between frames', () => {
  const sine: Tone = { steps: [{ frequencies: [440], ms: 1000 }], repeat: true, level: -12 };
  const { pcm } = render(new ToneSource(sine, 8000), 16100, 161);
  const amplitude = 32768 * Math.SQRT2 * 10 ** (-12 / 20);
  for (let i = 0; i < pcm.length; i++) {
    assert.ok(Math.abs(pcm[i]! - amplitude * Math.sin((2 * Math.PI * 440 * i) / 8000)) <= 1.5);
  }
});
