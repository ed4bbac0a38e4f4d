import { codecByName, pcmu } from '../server/src/audio/codec.ts';
import { decodeUlaw, encodeUlaw } from '../server/src/audio/g711.ts';
import { VoiceActivity } from '../server/src/audio/level.ts';
import { Limiter } from '../server/src/audio/limiter.ts';
import { MixBus } from '../server/src/audio/mixer.ts';
import { loadOpus } from '../server/src/audio/opus.ts';
import { Playout } from '../server/src/audio/playout.ts';
import { Resampler } from '../server/src/audio/resampler.ts';
import { distortion } from '../server/src/audio/testing/distortion.ts';
import { runStream, sine } from '../server/src/audio/testing/virtual-stream.ts';
import { SeededRandom } from '../server/src/base/random.ts';
import type { Benchmark, Figure } from './figure.ts';

const legs = 1000;
const frame = 160;

/** Microseconds of processor time per call of `work`, median of several rounds after a warm-up. */
function microseconds(calls: number, work: (call: number) => void): number {
  const rounds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const begin = process.threadCpuUsage();
    for (let call = 0; call < calls; call++) work(call);
    const { user, system } = process.threadCpuUsage(begin);
    rounds.push((user + system) / calls);
  }
  return rounds.slice(2).sort((a, b) => a - b)[2]!;
}

function playoutCost(name: string, loss: number): Figure[] {
  const random = new SeededRandom(1);
  const playouts = Array.from({ length: legs }, () => new Playout({ codec: pcmu }));
  const payload = new Uint8Array(172);
  for (let i = 0; i < 160; i++) payload[12 + i] = random.int(256);
  const out = new Int16Array(frame);
  let putMs = 0;
  let pullMs = 0;
  const frames = 150;
  for (let n = 0; n < frames; n++) {
    const begin = performance.now();
    for (const playout of playouts) {
      if (loss === 0 || random.float() >= loss) playout.put(n, n * frame, payload, 12, 172, n * 20 + 7);
    }
    const between = performance.now();
    for (const playout of playouts) playout.pull(out, frame, n * 20 + 20);
    if (n < 50) continue;
    putMs += between - begin;
    pullMs += performance.now() - between;
  }
  const each = (ms: number) => (ms * 1000) / (legs * (frames - 50));
  return [
    { name: `packet into the buffer, ${name}`, value: each(putMs), unit: 'µs' },
    { name: `frame out of the buffer, ${name}`, value: each(pullMs), unit: 'µs' },
  ];
}

function loudPair(): number {
  const bus = new MixBus(8000, frame);
  const limiter = new Limiter(8000);
  const talker = new Int16Array(frame);
  const out = new Int16Array(frame);
  const bytes = new Uint8Array(frame);
  let worst = 0;
  for (const frequency of [100, 300, 440, 1000, 2500, 3300]) {
    const heard = new Int16Array(8000);
    limiter.reset();
    for (let n = 0; n < 50; n++) {
      for (let i = 0; i < frame; i++) {
        talker[i] = Math.round(0.7 * 32767 * Math.sin((2 * Math.PI * frequency * (n * frame + i)) / 8000));
      }
      bus.begin();
      bus.add(talker);
      bus.add(talker);
      bus.mixFor(null, limiter, out);
      encodeUlaw(out, 0, frame, bytes, 0);
      decodeUlaw(bytes, 0, frame, heard, n * frame);
    }
    worst = Math.max(worst, distortion(heard, 0, 8000, frequency, 8000));
  }
  return worst * 100;
}

/** A frame of 20 ms in Opus, of something like speech: made, read, made up, and recovered from the next. */
async function opusCosts(cost: (name: string, value: number) => void): Promise<void> {
  const codec = await loadOpus();
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const second = Int16Array.from({ length: 48_000 }, (_, i) => {
    const t = i / 48_000;
    return (
      5000 * (1 + Math.sin(2 * Math.PI * 4 * t)) * Math.sin(2 * Math.PI * 180 * t + 3 * Math.sin(2 * Math.PI * 2 * t))
    );
  });
  const bytes = new Uint8Array(codec.maxPayload);
  const out = new Int16Array(5760);
  const packets: Uint8Array[] = [];
  cost(
    'encode Opus, 48 kHz',
    microseconds(200, (call) => {
      const length = encoder.encode(second, (call % 50) * 960, 960, bytes, 0);
      if (packets.length < 50) packets.push(bytes.slice(0, length));
    }),
  );
  const each = (work: (packet: Uint8Array) => void) =>
    microseconds(500, (call) => work(packets[call % packets.length]!));
  cost(
    'decode Opus, 48 kHz',
    each((packet) => decoder.decode(packet, 0, packet.length, out)),
  );
  cost(
    'recover a frame in Opus from the next',
    each((packet) => decoder.recover?.(packet, 0, packet.length, out, 0, 960)),
  );
  cost(
    'make up a frame in Opus',
    each(() => decoder.conceal?.(out, 0, 960)),
  );
  encoder.close();
  decoder.close();
}

export const benchmark: Benchmark = {
  name: 'audio',
  about: 'cost of one frame in each part of the sound path, distortion of a loud pair, clock drift',
  parts: {
    async frames() {
      const random = new SeededRandom(2);
      const pcm = Int16Array.from({ length: 960 }, () => random.int(2000) - 1000);
      const loud = Int16Array.from({ length: frame }, () => random.int(60000) - 30000);
      const out = new Int16Array(960);
      const bytes = new Uint8Array(960);
      const bus = new MixBus(8000, frame);
      const limiter = new Limiter(8000);
      const activity = new VoiceActivity();
      const encoder = pcmu.createEncoder();
      const figures: Figure[] = [...playoutCost('clean', 0), ...playoutCost('10 % loss', 0.1)];
      const cost = (name: string, value: number) => figures.push({ name, value, unit: 'µs' });
      bus.begin();
      cost(
        'activity of a frame',
        microseconds(20000, () => activity.process(pcm, frame)),
      );
      cost(
        'add a talker',
        microseconds(20000, () => bus.add(pcm)),
      );
      bus.begin();
      bus.add(pcm);
      cost(
        'mix for a talker',
        microseconds(20000, () => bus.mixFor(pcm, limiter, out)),
      );
      bus.begin();
      for (let i = 0; i < 3; i++) bus.add(loud);
      cost(
        'mix for a talker, limited',
        microseconds(20000, () => bus.mixFor(loud, limiter, out)),
      );
      cost(
        'encode µ-law',
        microseconds(20000, () => encoder.encode(pcm, 0, frame, bytes, 0)),
      );
      for (const [from, to] of [
        [8000, 16000],
        [16000, 8000],
        [8000, 48000],
        [48000, 8000],
      ] as const) {
        const resampler = new Resampler(from, to);
        cost(
          `resample ${from / 1000} → ${to / 1000} kHz`,
          microseconds(500, () => resampler.process(pcm, from / 50, out)),
        );
      }
      await opusCosts(cost);
      const codec = codecByName('L16', 8000)!;
      const drift = runStream({ codec, seconds: 600, sound: sine(440, 8000), driftPpm: 200, phaseMs: 7 });
      const { stats } = drift.playout;
      figures.push(
        { name: 'two talkers at 0.7, heard by a third: THD+N', value: loudPair(), unit: '%', goal: { atMost: 3 } },
        { name: 'periods removed in 10 min at +200 ppm', value: stats.shortened, unit: '' },
        { name: 'delay after that', value: stats.delayMs, unit: 'ms', goal: { atMost: 40 } },
      );
      return figures;
    },
  },
};
