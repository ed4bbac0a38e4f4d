import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { codecByName } from './codec.ts';
import { Playout, pulled } from './playout.ts';
import { fitSine } from './testing/distortion.ts';
import { amplitude, codecs, count, delayBySound, tone, toneStep } from './testing/playout-tone.ts';
import { largestStep, runStream, sine } from './testing/virtual-stream.ts';

for (const [name, codec] of codecs) {
  test(`a clean network is passed bit by bit (${name})`, () => {
    for (const packetMs of [10, 20, 30, 40, 50, 60, 90, 120, 200]) {
      for (const phaseMs of [0, 1, 6, 11, 14, 19]) {
        const random = new SeededRandom(3);
        const values = Int16Array.from({ length: 3 * codec.sampleRate }, () => random.int(65536) - 32768);
        const result = runStream({
          codec,
          seconds: 2,
          sound: (i) => values[i]!,
          packetMs: () => packetMs,
          phaseMs,
        });
        const first = result.results.indexOf(pulled.voice) * (codec.sampleRate / 50);
        assert.ok(first >= 0 && first <= (codec.sampleRate * (65 + packetMs)) / 1000, `starts at ${first}`);
        for (let i = first; i < result.sound.length; i++) {
          if (result.sound[i] !== values[i - first]) assert.fail(`${packetMs} ms, phase ${phaseMs}: sample ${i}`);
        }
        assert.equal(result.playout.stats.lost, 0);
      }
    }
  });
}

test('added delay on a clean network: median at most 40 ms, 99 % at most 60 ms, at any phase, with a jittery tick', () => {
  const delays: number[] = [];
  for (let phase = 0; phase < 20; phase += 1) {
    for (const driftPpm of [-150, 0, 150]) {
      const frequency = 10;
      const result = runStream({
        seconds: 12,
        sound: sine(frequency, amplitude),
        phaseMs: phase,
        driftPpm,
        network: (_, random) => random.float() * 1.5,
        tickLate: (_, random) => random.float() * 2,
        seed: phase,
      });
      for (let second = 2; second < 11; second++) {
        // From the end of the packet, when it arrives; the sine is timed from its beginning.
        const drifted = (driftPpm / 1e6) * (second + 0.5) * 1000;
        const sinceSpoken = delayBySound(result, frequency, second) - phase + drifted;
        delays.push((((sinceSpoken - 20) % 100) + 100) % 100);
      }
    }
  }
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]!;
  assert.ok(at(0.5) <= 25, `p50 ${at(0.5)}`);
  assert.ok(at(0.99) <= 45, `p99 ${at(0.99)}`);
});

test('reordered and duplicated packets change nothing', () => {
  const random = new SeededRandom(8);
  const values = Int16Array.from({ length: 80000 }, () => random.int(65536) - 32768);
  const result = runStream({
    seconds: 5,
    sound: (i) => values[i]!,
    packetMs: () => 10,
    phaseMs: 2,
    minDelayMs: 60,
    // Every third packet overtakes the one before; every fifth comes twice.
    network: (n) => (n % 5 === 4 ? [3, 3.1] : n % 3 === 1 ? 14 : 3),
  });
  const { stats } = result.playout;
  const first = result.results.indexOf(pulled.voice) * 160;
  for (let i = first; i < result.sound.length; i++) assert.equal(result.sound[i], values[i - first]);
  assert.ok(stats.duplicate > 90);
  assert.equal(stats.lost, 0);
  assert.equal(stats.late, 0);
});

test('single losses are concealed: no step, no hole, no added delay', () => {
  for (const packetMs of [10, 20, 30]) {
    const result = runStream({
      seconds: 10,
      sound: tone,
      packetMs: () => packetMs,
      phaseMs: 4,
      network: (n) => (n % 17 === 16 ? null : 5),
    });
    const { stats } = result.playout;
    assert.ok(Math.abs(stats.lost - 10000 / packetMs / 17) <= 2);
    assert.ok(Math.abs(stats.concealed - stats.lost * packetMs) <= 2 * packetMs);
    assert.ok(largestStep(result.sound, 1600, 80000) < toneStep * 1.15);
    assert.ok(stats.delayMs < 30);
    // Loudness is kept: every 20 ms has most of the tone's energy.
    for (let at = 1600; at + 160 <= 79000; at += 160) {
      assert.ok(fitSine(result.sound, at, 160, 440, 8000).amplitude > amplitude * 0.6);
    }
  }
});

test('a long gap fades to silence in 60 ms, and the sound after it fades in', () => {
  const result = runStream({ seconds: 4, sound: tone, phaseMs: 4, network: (n) => (n >= 50 && n < 100 ? null : 0) });
  assert.ok(count(result, pulled.concealed) <= 5);
  assert.ok(count(result, pulled.silence, 10) >= 40);
  assert.equal(result.playout.stats.lost, 50);
  const start = result.results.indexOf(pulled.concealed) * 160;
  assert.ok(fitSine(result.sound, start, 80, 440, 8000).amplitude > amplitude * 0.8);
  for (let i = start + 480; i < start + 480 + 6000; i++) assert.equal(result.sound[i], 0);
  assert.ok(largestStep(result.sound, 1600, 32000) < toneStep * 1.15);
});

test('packet sizes may change at any time', () => {
  const result = runStream({
    seconds: 30,
    sound: tone,
    phaseMs: 3,
    packetMs: (n) => [20, 10, 60, 30, 50, 40][Math.floor(n / 40) % 6]!,
  });
  assert.ok(count(result, pulled.concealed) <= 4);
  assert.ok(count(result, pulled.silence) <= 6);
  assert.ok(largestStep(result.sound, 1600, 240000) < toneStep * 1.15);
  assert.ok(result.playout.stats.delayMs < 90);
});

test('pauses of a sender that suppresses silence', () => {
  let sent = 0;
  const result = runStream({
    seconds: 20,
    sound: tone,
    phaseMs: 9,
    header: (n, header) => {
      if (n % 100 >= 40) return false;
      header.sequence = sent++ & 0xffff;
      return true;
    },
  });
  const { stats } = result.playout;
  assert.equal(stats.lost, 0);
  assert.equal(count(result, pulled.voice), 400);
  assert.ok(count(result, pulled.concealed) <= 30);
  assert.ok(stats.delayMs < 30);
});

test('timestamps and sequence numbers that jump are followed at once', () => {
  type Header = { sequence: number; timestamp: number };
  /** The header from packet 250 on (one packet or all), and how many frames may go unheard. */
  const jumps: [string, (header: Header) => Partial<Header>, number, number?][] = [
    ['timestamp forward', (h) => ({ timestamp: h.timestamp + 1e9 }), 0],
    ['timestamp back', (h) => ({ timestamp: h.timestamp - 5000 }), 0],
    ['timestamp stuck', () => ({ timestamp: 7 }), 0, 10],
    ['sequence far', (h) => ({ sequence: h.sequence + 30000 }), 1],
    ['sequence back', (h) => ({ sequence: h.sequence - 500 }), 1],
    ['one stray sequence', (h) => ({ sequence: h.sequence + 20000 }), 1, 1],
    ['one stray timestamp', (h) => ({ timestamp: h.timestamp + 1e8 }), 0, 1],
    ['both', (h) => ({ sequence: h.sequence + 12345, timestamp: h.timestamp + 3e9 }), 3],
  ];
  for (const [name, change, lostFrames, packets = Number.POSITIVE_INFINITY] of jumps) {
    const result = runStream({
      seconds: 10,
      sound: tone,
      phaseMs: 5,
      header: (n, header) => {
        if (n < 250 || n >= 250 + packets) return true;
        const changed = { ...header, ...change(header) };
        header.sequence = changed.sequence & 0xffff;
        header.timestamp = changed.timestamp >>> 0;
        return true;
      },
    });
    const missing = result.results.slice(5).filter((value) => value !== pulled.voice).length;
    assert.ok(missing <= lostFrames, `${name}: ${missing} frames not heard`);
    assert.ok(result.playout.stats.delayMs < 45, `${name}: ${result.playout.stats.delayMs}`);
    assert.equal(
      result.results.slice(400).every((value) => value === pulled.voice),
      true,
      name,
    );
  }
});

test('another stream takes over without a click or a pause', () => {
  const playout = new Playout({ codec: codecByName('L16')! });
  const out = new Int16Array(160);
  const sound = new Int16Array(160 * 400);
  const payload = new Uint8Array(320);
  const pcm = new Int16Array(160);
  const encoder = codecByName('L16')!.createEncoder();
  let notVoice = 0;
  for (let n = 0; n < 400; n++) {
    if (n === 200) playout.reset();
    for (let i = 0; i < 160; i++) pcm[i] = Math.round(tone(n * 160 + i));
    encoder.encode(pcm, 0, 160, payload, 0);
    const shift = n < 200 ? 0 : 34567;
    playout.put((n + shift) & 0xffff, n * 160 + shift * 7919, payload, 0, 320, n * 20 - 12);
    if (playout.pull(out, 160, n * 20) !== pulled.voice && n > 5) notVoice++;
    sound.set(out, n * 160);
  }
  assert.ok(notVoice <= 2);
  assert.ok(largestStep(sound, 800, sound.length) < toneStep * 1.2);
});

test('frames that stop for a while (a room without a timer) start again with fresh sound', () => {
  const playout = new Playout({ codec: codecByName('L16')! });
  const out = new Int16Array(160);
  const payload = new Uint8Array(320).fill(17);
  const pulls: number[] = [];
  for (let n = 0; n < 3000; n++) {
    playout.put((65530 + n) & 0xffff, n * 160, payload, 0, 320, n * 20 - 12);
    if (n < 500 || n >= 2000) pulls.push(playout.pull(out, 160, n * 20));
  }
  assert.ok(pulls.slice(505).every((value) => value === pulled.voice));
  assert.ok(playout.stats.delayMs < 33, `${playout.stats.delayMs}`);
});

test('hostile packets are counted, bounded, and forgotten', () => {
  const seed = 31337;
  const random = new SeededRandom(seed);
  const codec = codecByName('PCMU')!;
  const playout = new Playout({ codec });
  const out = new Int16Array(160);
  const payload = new Uint8Array(70000);
  const tick = (n: number) => {
    const result = playout.pull(out, 160, n * 20);
    assert.ok(result === 0 || result === 1 || result === 2);
  };
  for (let n = 0; n < 20000; n++) {
    for (let k = random.int(4); k > 0; k--) {
      const wild = random.int(3) === 0;
      const sequence = wild ? random.int(65536) : (n + random.int(5)) & 0xffff;
      const timestamp = wild ? random.int(0x1_0000_0000) : (n * 160 + random.int(3) * 7) >>> 0;
      const start = random.int(50);
      const length = [0, 1, 159, 160, 161, 480, 961, 65000, -5][random.int(9)]!;
      const arrival = n * 20 + (random.int(50) === 0 ? random.int(1_000_000) - 500_000 : -random.int(20));
      playout.put(sequence, timestamp, payload, start, start + length, arrival);
    }
    tick(n);
  }
  assert.ok(playout.stats.malformed > 1000);
  // A sane stream is heard again, soon and without delay.
  const heard: number[] = [];
  for (let n = 20000; n < 21000; n++) {
    playout.put((n * 1) & 0xffff, (n * 160 + 99) >>> 0, payload, 0, 160, n * 20 - 10);
    heard.push(playout.pull(out, 160, n * 20));
  }
  assert.ok(
    heard.slice(50).every((value) => value === pulled.voice),
    `seed ${seed}`,
  );
  assert.ok(playout.stats.delayMs < 40, `seed ${seed}: ${playout.stats.delayMs}`);
});
