import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { decodeUlaw, encodeUlaw } from './g711.ts';
import { frameLevel, silenceDbov, VoiceActivity } from './level.ts';

const frame = 160;

/** White noise at a level (dBov), as a phone would send it. */
function noise(random: SeededRandom, dbov: number, pcm: Int16Array): void {
  const bytes = new Uint8Array(pcm.length);
  const bound = 32768 * Math.sqrt(3) * 10 ** (dbov / 20);
  for (let i = 0; i < pcm.length; i++) pcm[i] = Math.round((random.float() * 2 - 1) * bound);
  encodeUlaw(pcm, 0, pcm.length, bytes, 0);
  decodeUlaw(bytes, 0, pcm.length, pcm, 0);
}

/** Something like voice: harmonics of 140 Hz that swell and fade three times a second, with pauses. */
function speech(dbov: number, n: number, pcm: Int16Array, random: SeededRandom, floorDbov = -70): void {
  noise(random, floorDbov, pcm);
  const amplitude = 32768 * 10 ** (dbov / 20);
  for (let i = 0; i < pcm.length; i++) {
    const t = (n * frame + i) / 8000;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t)) ** 0.5;
    let value = 0;
    for (let h = 1; h <= 6; h++) value += Math.sin(2 * Math.PI * 140 * h * t) / h;
    pcm[i] = Math.round(pcm[i]! + amplitude * syllable * value);
  }
}

test('levels in dBov', () => {
  assert.equal(frameLevel(new Int16Array(160), 160), silenceDbov);
  assert.ok(Math.abs(frameLevel(new Int16Array(160).fill(-32768), 160)) < 1e-9);
  const sine = Int16Array.from({ length: 160 }, (_, i) => Math.round(32767 * Math.sin((2 * Math.PI * 500 * i) / 8000)));
  assert.ok(Math.abs(frameLevel(sine, 160) + 3.01) < 0.01);
});

test('a talker is shown within 100 ms and goes within 300 ms', () => {
  const random = new SeededRandom(1);
  const activity = new VoiceActivity();
  const pcm = new Int16Array(frame);
  for (let n = 0; n < 100; n++) {
    noise(random, -60, pcm);
    activity.process(pcm, frame);
    assert.equal(activity.talking, false);
  }
  let on = 0;
  while (!activity.talking) {
    for (let i = 0; i < frame; i++) pcm[i] = Math.round(3000 * Math.sin((2 * Math.PI * 300 * (on * frame + i)) / 8000));
    assert.equal(activity.process(pcm, frame), true, 'the first frame must be heard');
    on++;
  }
  assert.ok(on * 20 <= 100, `${on * 20} ms`);
  let off = 0;
  while (activity.talking) {
    noise(random, -60, pcm);
    activity.process(pcm, frame);
    off++;
  }
  assert.ok(off * 20 <= 300 && off * 20 >= 200, `${off * 20} ms`);
});

test('the gate stays open between syllables, then fades the line out', () => {
  const random = new SeededRandom(4);
  const activity = new VoiceActivity();
  const pcm = new Int16Array(frame);
  const quiet = () => {
    noise(random, -62, pcm);
    return activity.process(pcm, frame);
  };
  for (let n = 0; n < 100; n++) quiet();
  for (let n = 0; n < 5; n++) assert.equal(activity.process(pcm.fill(n % 2 ? 900 : -900), frame), true);
  for (let n = 0; n < 15; n++) assert.equal(quiet(), true);
  assert.equal(quiet(), true);
  assert.equal(activity.open, false);
  assert.ok(frameLevel(pcm.subarray(120), 40) < frameLevel(pcm.subarray(0, 40), 40) - 6);
  assert.equal(quiet(), false);
});

test('a click of one frame is not a talker', () => {
  const activity = new VoiceActivity();
  const pcm = new Int16Array(frame);
  for (let n = 0; n < 200; n++) {
    pcm.fill(n % 25 === 24 ? 5000 : 0);
    activity.process(pcm, frame);
    assert.equal(activity.talking, false);
  }
});

test('a line that stops sending falls silent', () => {
  const activity = new VoiceActivity();
  const pcm = new Int16Array(frame).fill(5000);
  for (let n = 0; n < 10; n++) activity.process(pcm, frame);
  assert.equal(activity.talking, true);
  for (let n = 0; n < 15; n++) activity.silence();
  assert.equal(activity.talking, false);
});

test('a thousand silent but noisy lines do not add up', () => {
  const seed = 99;
  const random = new SeededRandom(seed);
  const pcm = new Int16Array(frame);
  let mixed = 0;
  let talkers = 0;
  for (let line = 0; line < 1000; line++) {
    const activity = new VoiceActivity();
    const level = -75 + random.float() * 32;
    // The first three seconds are for getting to know the line.
    for (let n = 0; n < 200; n++) {
      noise(random, level + (random.float() - 0.5) * 2, pcm);
      const open = activity.process(pcm, frame);
      if (n >= 150 && open) mixed++;
      if (n >= 150 && activity.talking) talkers++;
    }
  }
  assert.ok(mixed < 1000 * 50 * 0.001, `${mixed} frames mixed, seed ${seed}`);
  assert.equal(talkers, 0, `seed ${seed}`);
});

for (const [level, floor] of [
  [-20, -50],
  [-35, -60],
  [-45, -70],
  [-50, -75],
] as const) {
  test(`speech at ${level} dBov over noise at ${floor} is not cut, and shown`, () => {
    const random = new SeededRandom(5);
    const activity = new VoiceActivity();
    const pcm = new Int16Array(frame);
    let loud = 0;
    let cut = 0;
    let shown = 0;
    for (let n = 0; n < 1000; n++) {
      speech(level, n, pcm, random, floor);
      const open = activity.process(pcm, frame);
      // A minute into it is as good as the start, but for the first second.
      if (n < 50) continue;
      if (frameLevel(pcm, frame) > level - 10) {
        loud++;
        if (!open) cut++;
      }
      if (activity.talking) shown++;
    }
    assert.ok(loud > 300);
    assert.ok(cut === 0, `${cut} of ${loud} frames cut`);
    assert.ok(shown > 800, `${shown} frames shown`);
  });
}

test('a steady tone or music is never taken for noise', () => {
  const activity = new VoiceActivity();
  const pcm = new Int16Array(frame);
  for (let n = 0; n < 1500; n++) {
    for (let i = 0; i < frame; i++) pcm[i] = Math.round(800 * Math.sin((2 * Math.PI * 440 * (n * frame + i)) / 8000));
    assert.equal(activity.process(pcm, frame), true);
  }
  assert.equal(activity.talking, true);
});
