import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { decodeUlaw, encodeUlaw } from './g711.ts';
import { ceiling, Limiter } from './limiter.ts';
import { MixBus } from './mixer.ts';
import { distortion } from './testing/distortion.ts';

const frame = 160;

test('everyone hears exactly the sum without their own voice, when it fits', () => {
  const seed = 20240601;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const count = random.int(12);
    // Together below the ceiling, so that no limiter acts.
    const bound = Math.floor(ceiling / Math.max(1, count));
    const slots = Array.from({ length: count }, () =>
      Int16Array.from({ length: frame }, () => random.int(2 * bound + 1) - bound),
    );
    const bus = new MixBus(8000, frame);
    for (let again = 0; again < 2; again++) {
      bus.begin();
      for (const slot of slots) bus.add(slot);
    }
    assert.equal(bus.sources, count);
    const out = new Int16Array(frame).fill(123);
    for (const own of [null, ...slots]) {
      bus.mixFor(own, new Limiter(8000), out);
      for (let i = 0; i < frame; i++) {
        let sum = 0;
        for (const slot of slots) if (slot !== own) sum += slot[i]!;
        assert.equal(out[i], sum, `seed ${seed}, round ${round}`);
      }
    }
  }
});

test('a thousand full-scale sources neither wrap nor pass the ceiling, and a talker is still exactly left out', () => {
  const bus = new MixBus(8000, frame);
  const loud = new Int16Array(frame).fill(32767);
  const quiet = new Int16Array(frame).fill(100);
  const out = new Int16Array(frame);
  const limiter = new Limiter(8000);
  bus.begin();
  for (let i = 0; i < 1000; i++) bus.add(loud);
  bus.mixFor(null, limiter, out);
  for (const value of out) assert.ok(value > 0 && value <= ceiling);
  bus.begin();
  bus.add(loud);
  bus.add(quiet);
  bus.mixFor(loud, new Limiter(8000), out);
  assert.deepEqual(out, quiet);
});

test('one talker alone hears nothing, others hear them bit by bit', () => {
  const bus = new MixBus(8000, frame);
  const own = Int16Array.from({ length: frame }, (_, i) => (i % 2 === 0 ? ceiling : -ceiling));
  const out = new Int16Array(frame);
  bus.begin();
  bus.add(own);
  bus.mixFor(own, new Limiter(8000), out);
  assert.ok(out.every((value) => value === 0));
  bus.mixFor(null, new Limiter(8000), out);
  assert.deepEqual(out, own);
});

for (const rate of [8000, 48000]) {
  const samples = rate / 50;
  for (const frequency of [100, 237, 440, 1000, 1633.3, 2800, 3300]) {
    test(`two talkers in phase at 0.7 of full scale: less than 3 % distortion (${frequency} Hz, ${rate} Hz)`, () => {
      const bus = new MixBus(rate, samples);
      const limiter = new Limiter(rate);
      const [a, b, out] = [new Int16Array(samples), new Int16Array(samples), new Int16Array(samples)];
      const heard = new Int16Array(rate);
      const bytes = new Uint8Array(samples);
      for (let n = 0; n < 50; n++) {
        for (let i = 0; i < samples; i++) {
          a[i] = b[i] = Math.round(0.7 * 32767 * Math.sin((2 * Math.PI * frequency * (n * samples + i)) / rate));
        }
        bus.begin();
        bus.add(a);
        bus.add(b);
        bus.mixFor(null, limiter, out);
        encodeUlaw(out, 0, samples, bytes, 0);
        decodeUlaw(bytes, 0, samples, heard, n * samples);
      }
      // From the very first frame on, the attack included.
      assert.ok(distortion(heard, 0, rate, frequency, rate) < 0.03);
      assert.ok(distortion(heard, rate / 2, rate / 2, frequency, rate) < 0.02);
    });
  }
}

test('what is for one output alone is over its mix exactly, and in no other', () => {
  const seed = 4711;
  const random = new SeededRandom(seed);
  const slot = (bound: number) => Int16Array.from({ length: frame }, () => random.int(2 * bound + 1) - bound);
  const bus = new MixBus(8000, frame);
  const [out, plain] = [new Int16Array(frame), new Int16Array(frame)];
  for (let round = 0; round < 200; round++) {
    const slots = Array.from({ length: random.int(5) }, () => slot(3000));
    const also = Array.from({ length: 1 + random.int(3) }, () => slot(3000));
    bus.begin();
    for (const one of slots) bus.add(one);
    for (const own of [null, ...slots]) {
      bus.mixWith(own, also, new Limiter(8000), out);
      bus.mixFor(own, new Limiter(8000), plain);
      for (let i = 0; i < frame; i++) {
        const whispered = also.reduce((sum, one) => sum + one[i]!, 0);
        assert.equal(out[i], plain[i]! + whispered, `seed ${seed}, round ${round}`);
      }
    }
  }
  const loud = new Int16Array(frame).fill(32_767);
  bus.begin();
  bus.add(loud);
  bus.mixWith(null, [loud, loud], new Limiter(8000), out);
  assert.ok(Math.max(...out) <= ceiling);
});
