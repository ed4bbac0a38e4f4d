import { readFileSync } from 'node:fs';
import type { Codec } from '../codec.ts';
import { Resampler } from '../resampler.ts';
import { readWav } from '../wav.ts';
import { runStream } from './virtual-stream.ts';

/** A spoken prompt, at `rate`. */
function speech(rate: number): Int16Array {
  const file = new URL('../../../../prompts/en/enter-pin.wav', import.meta.url);
  const { pcm, sampleRate } = readWav(readFileSync(file));
  const blocks = Math.floor(pcm.length / (sampleRate / 50));
  const out = new Int16Array(blocks * (rate / 50));
  if (rate === sampleRate) return pcm.subarray(0, out.length);
  const resampler = new Resampler(sampleRate, rate);
  for (let n = 0; n < blocks; n++) {
    const frame = pcm.subarray((n * sampleRate) / 50, ((n + 1) * sampleRate) / 50);
    resampler.process(frame, frame.length, out.subarray((n * rate) / 50, ((n + 1) * rate) / 50));
  }
  return out;
}

export interface LossOptions {
  /** Of a hundred packets, each with the same chance. */
  readonly loss: number;
  readonly seconds?: number;
  readonly minDelayMs?: number;
  readonly seed?: number;
}

/** A prompt said over and over, as it is heard behind a network that loses packets. */
export async function speechThrough(codec: Codec, { loss, seconds = 20, minDelayMs = 20, seed = 5 }: LossOptions) {
  // Codecs of a library have new encoders ready a moment after the last were taken.
  await new Promise((done) => setImmediate(done));
  const said = speech(codec.sampleRate);
  return runStream({
    codec,
    seconds,
    sound: (sample) => said[sample % said.length]!,
    network: (_packet, random) => (random.float() < loss / 100 ? null : 0),
    phaseMs: 7,
    seed,
    minDelayMs,
  });
}

const windowMs = 100;
const blockMs = 10;
const reachMs = 80;
/** What is compared to find a lag is taken at no more than this, Hz. */
const coarseRate = 8000;

/**
 * How much louder, dB, the sound is than its difference from what it should be. A sound that comes later than it should
 * (the delay was adapted) is as good: of each window is found how much later, and of each block in it which fits, that
 * or its neighbours'.
 */
export function signalToNoise(sound: Int16Array, ideal: Int16Array, rate: number): number {
  const window = (rate / 1000) * windowMs;
  const block = (rate / 1000) * blockMs;
  const windows = Math.floor(ideal.length / window);
  const found: number[] = [];
  for (let w = 0; w < windows; w++) found.push(lagOf(sound, ideal, w * window, window, rate, found[w - 1] ?? 0));
  // What was made up fits best elsewhere; the delay stays changed.
  const lags = found.map((_, w) => median(found.slice(Math.max(0, w - 3), w + 4)));
  let signal = 0;
  let noise = 0;
  for (let at = 0; at + block <= windows * window; at += block) {
    const w = Math.floor(at / window);
    const near = new Set([lags[w]!, lags[w - 1] ?? 0, lags[w + 1] ?? lags[w]!]);
    signal += difference(null, ideal, at, block, 0, 1);
    noise += Math.min(...[...near].map((lag) => difference(sound, ideal, at, block, lag, 1)));
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/**
 * Energy of `ideal` (`sound` null), or of what is between it and the sound `lag` samples later; every `step`th sample.
 * What is no less than `enough` need not be told exactly.
 */
function difference(
  sound: Int16Array | null,
  ideal: Int16Array,
  from: number,
  count: number,
  lag: number,
  step: number,
  enough = Number.POSITIVE_INFINITY,
): number {
  let sum = 0;
  for (let i = from; i < from + count && sum < enough; i += step) sum += (ideal[i]! - (sound?.[i + lag] ?? 0)) ** 2;
  return sum;
}

function lagOf(
  sound: Int16Array,
  ideal: Int16Array,
  from: number,
  count: number,
  rate: number,
  before: number,
): number {
  const step = Math.max(1, Math.floor(rate / coarseRate));
  const reach = (rate / 1000) * reachMs;
  let best = before;
  let least = difference(sound, ideal, from, count, before, step);
  const look = (lag: number, every: number) => {
    const noise = difference(sound, ideal, from, count, lag, every, least);
    if (noise >= least) return;
    least = noise;
    best = lag;
  };
  for (let lag = -reach; lag <= reach; lag += step) look(lag, step);
  if (step === 1) return best;
  const middle = best;
  least = difference(sound, ideal, from, count, best, 1);
  for (let lag = middle - step; lag <= middle + step; lag++) look(lag, 1);
  return best;
}
