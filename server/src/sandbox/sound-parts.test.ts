import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecByName } from '../audio/codec.ts';
import { goertzelLevel } from '../audio/goertzel.ts';
import type { AppError } from '../base/app-error.ts';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { Beat } from './beat.ts';
import { describeSound, Ear, hasTone, isSilent, lacksTone, loudness } from './ear.ts';
import { Sounds } from './sounds.ts';

const random = new SeededRandom(5);

function tones(ms: number, ...frequencies: number[]): Int16Array {
  const amplitude = 32767 * 10 ** (-18 / 20);
  return Int16Array.from({ length: ms * 8 }, (_, i) =>
    frequencies.reduce((sum, f) => sum + (amplitude / frequencies.length) * Math.sin((2 * Math.PI * f * i) / 8000), 0),
  );
}

test('a tone is found alone and among others, and no other is', () => {
  for (let i = 0; i < 100; i++) {
    const chosen = [random.int(8), 8 + random.int(8), 16 + random.int(8)].map((step) => 300 + step * 120);
    const present = chosen.slice(0, 1 + random.int(3));
    const pcm = tones(320, ...present);
    for (let frequency = 300; frequency < 3300; frequency += 120) {
      assert.equal(hasTone(pcm, frequency), present.includes(frequency), `${frequency} in ${present}`);
      if (present.includes(frequency)) assert.ok(!lacksTone(pcm, frequency));
    }
    assert.ok(lacksTone(pcm, 3700), String(present));
    assert.ok(!isSilent(pcm));
  }
  const silence = new Int16Array(2560);
  assert.ok(isSilent(silence) && lacksTone(silence, 440) && !hasTone(silence, 440));
  assert.equal(describeSound(silence), 'silence');
  assert.match(describeSound(tones(400, 440)), /loudest at 440/);
  // Noise has every frequency, but none that stands out.
  const noise = Int16Array.from({ length: 2560 }, () => random.int(2000) - 1000);
  for (let frequency = 300; frequency < 3300; frequency += 120) assert.ok(!hasTone(noise, frequency));
});

test('an ear keeps the last seconds, takes a pause for silence, and gives no stretch from before a mark', () => {
  const clock = new VirtualClock();
  const ear = new Ear(clock);
  const frame = tones(20, 500);
  const hear = (frames: number) => {
    for (let i = 0; i < frames; i++) {
      clock.advance(20);
      ear.hear(frame, frame.length);
    }
  };
  hear(50);
  const mark = ear.position();
  assert.equal(ear.stretch(100, mark), null);
  assert.ok(hasTone(ear.stretch(400, 0)!, 500));
  hear(5);
  assert.ok(Math.abs(loudness(ear.stretch(100, mark)!) - loudness(frame)) < 1);
  clock.advance(1000);
  assert.ok(isSilent(ear.stretch(500, mark)!));
  hear(400);
  assert.ok(hasTone(ear.stretch(4000, mark)!, 500));
});

test('sounds are encoded as they are, tones are steady across their repeats, and what is not there is refused', () => {
  const sounds = new Sounds('/nowhere', silentLog);
  for (const name of ['PCMU', 'PCMA']) {
    const codec = codecByName(name)!;
    const { bytes, repeat } = sounds.get(437, name);
    assert.equal(repeat, true);
    const twice = new Int16Array(bytes.length * 2);
    const decoder = codec.createDecoder();
    decoder.decode(bytes, 0, bytes.length, twice);
    decoder.decode(bytes, 0, bytes.length, twice, bytes.length);
    // A window over the seam is as pure as any other.
    assert.ok(Math.abs(goertzelLevel(twice, bytes.length - 4000, 8000, 437, 8000) - -18) < 0.3);
    assert.equal(sounds.get(437, name), sounds.get(437, name));
  }
  for (const wrong of ['nothing', '__proto__', '../../etc/passwd', 0, 49, 3801, 440.5, Number.NaN]) {
    assert.throws(
      () => sounds.get(wrong, 'PCMU'),
      (error: AppError) => error.code === 'notFound',
      String(wrong),
    );
  }
});

test('a beat drives all its members in step, makes up for a short stall, and rests without members', () => {
  const clock = new VirtualClock();
  const beat = new Beat(clock, 20);
  const counts = [0, 0];
  const members = counts.map((_, at) => ({ beat: () => void counts[at]!++ }));
  for (const member of members) beat.add(member);
  beat.add(members[0]!);
  clock.advance(200);
  assert.deepEqual(counts, [10, 10]);
  beat.delete(members[1]!);
  clock.advance(100);
  assert.deepEqual(counts, [15, 10]);
  beat.delete(members[0]!);
  assert.equal(clock.pending, 0);
  beat.add({
    beat() {
      beat.delete(this);
      counts[0]!++;
    },
  });
  clock.advance(1000);
  assert.deepEqual([counts[0], clock.pending, beat.size], [16, 0, 0]);
});
