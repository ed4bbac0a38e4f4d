import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, codecByName } from './codec.ts';
import { Playout, pulled } from './playout.ts';
import { count, tone, toneStep } from './testing/playout-tone.ts';
import { largestStep, runStream } from './testing/virtual-stream.ts';

test('jitter makes the delay grow until nothing is late, and shrink again', () => {
  const result = runStream({
    seconds: 40,
    sound: tone,
    phaseMs: 4,
    network: (n, random) => (n >= 250 && n < 1000 ? random.float() * 80 : 0.5),
    seed: 6,
  });
  const concealedIn = (from: number, to: number) =>
    result.results.slice(from * 50, to * 50).filter((value) => value !== pulled.voice).length;
  assert.equal(concealedIn(1, 5), 0);
  assert.ok(concealedIn(5, 8) < 20);
  assert.ok(concealedIn(8, 20) <= 3, `${concealedIn(8, 20)}`);
  assert.equal(concealedIn(21, 40), 0);
  assert.ok(result.playout.stats.delayMs < 31, `${result.playout.stats.delayMs}`);
  assert.ok(largestStep(result.sound, 1600, 320000) < toneStep * 1.2);
});

test('packets that come in bursts are played evenly', () => {
  // A radio link: nothing for 80 ms, then four at once.
  const result = runStream({ seconds: 20, sound: tone, network: (n) => 60 - (n % 4) * 20 + 1, phaseMs: 3 });
  const late = result.results.slice(250).filter((value) => value !== pulled.voice).length;
  assert.equal(late, 0);
  assert.ok(result.playout.stats.delayMs < 110);
});

test('a stall is caught up with: old sound is skipped, the delay returns to normal', () => {
  for (const stall of [150, 400, 3000, 30000]) {
    const result = runStream({
      seconds: 60,
      sound: tone,
      phaseMs: 3,
      network: (n) => Math.max(0, stall - Math.max(0, n - 500) * 20) * (n >= 500 ? 1 : 0),
    });
    assert.ok(result.playout.stats.delayMs < 31, `${stall}: ${result.playout.stats.delayMs}`);
    assert.ok(largestStep(result.sound, 1600, result.sound.length) < toneStep * 1.3, `${stall}`);
    assert.equal(count(result, pulled.voice, 2500), 500, `${stall}`);
  }
});

test('what is too old after a stall costs its receipt: it is not decoded', () => {
  const l16 = codecByName('L16', 8000)!;
  let decoded = 0;
  const codec: Codec = Object.create(l16, {
    createDecoder: {
      value: () => {
        const decoder = l16.createDecoder();
        return Object.create(decoder, {
          decode: {
            value: (...args: Parameters<typeof decoder.decode>) => {
              decoded++;
              return decoder.decode(...args);
            },
          },
        });
      },
    },
  });
  const playout = new Playout({ codec });
  const payload = new Uint8Array(320);
  const out = new Int16Array(160);
  let sequence = 0;
  const arrive = (nowMs: number) => playout.put(sequence, 160 * sequence++, payload, 0, payload.length, nowMs);
  for (let nowMs = 0; nowMs < 1000; nowMs += 20) {
    arrive(nowMs);
    playout.pull(out, 160, nowMs);
  }
  const before = decoded;
  assert.ok(before > 40);
  // The process stood still for two seconds; all that came meanwhile is there at once.
  for (let i = 0; i < 100; i++) arrive(3000);
  for (let nowMs = 3000; nowMs < 3100; nowMs += 20) {
    playout.pull(out, 160, nowMs);
    arrive(nowMs);
  }
  assert.ok(decoded - before <= 12, `${decoded - before} packets were decoded`);
});

test('right after a stall what is old is skipped, and the delay is not raised for it', () => {
  const delays: number[] = [];
  let frames = 0;
  const { playout } = runStream({
    seconds: 14,
    sound: tone,
    phaseMs: 3,
    network: (n) => (n >= 500 ? Math.max(0, 1000 - (n - 500) * 20) : 0),
    onFrame: (_frame, _result, { stats }) => {
      // The stall is over at 11 s.
      if (++frames * 20 > 11_300) delays.push(stats.delayMs);
    },
  });
  assert.ok(Math.max(...delays) < 70, `${Math.max(...delays)}`);
  assert.equal(playout.stats.lengthened, 0);
  assert.ok(playout.stats.discarded >= 40);
});

test('ticks that are late as a rule make no gap on the rare one that is not', () => {
  const result = runStream({
    seconds: 30,
    sound: tone,
    phaseMs: 5,
    tickLate: (n) => (n % 50 === 49 ? 0 : 15),
  });
  assert.equal(count(result, pulled.voice, 250), 1250);
});

test('a route that becomes 300 ms longer, and short again, costs a moment and no more', () => {
  const result = runStream({
    seconds: 60,
    sound: tone,
    phaseMs: 3,
    network: (n, random) => (n >= 500 && n < 1500 ? 300 : 0) + random.float() * 3,
  });
  const missing = (from: number, to: number) =>
    result.results.slice(from * 50, to * 50).filter((value) => value !== pulled.voice).length;
  assert.ok(missing(1, 31) <= 20, `${missing(1, 31)}`);
  assert.equal(missing(11, 30), 0);
  assert.ok(missing(30, 31) <= 2);
  assert.equal(missing(31, 60), 0);
  assert.ok(result.playout.stats.delayMs < 31, `${result.playout.stats.delayMs}`);
  assert.ok(largestStep(result.sound, 1600, result.sound.length) < toneStep * 1.3);
});

test('packets of 200 ms over a network that delays them by up to 40 ms: whole once the delay is known', () => {
  for (const phaseMs of [0, 7, 13]) {
    const result = runStream({
      seconds: 20,
      sound: tone,
      packetMs: () => 200,
      network: (_packet, random) => random.int(40),
      phaseMs,
    });
    assert.equal(count(result, pulled.voice, 8 * 50), 12 * 50, `phase ${phaseMs}`);
    assert.equal(result.playout.stats.lost + result.playout.stats.late + result.playout.stats.malformed, 0);
    assert.ok(largestStep(result.sound, 8 * 8000, result.sound.length) < 2 * toneStep);
  }
});
