import { type Codec, codecByName } from '../codec.ts';
import { fitSine } from './distortion.ts';
import { sine, type VirtualStreamResult } from './virtual-stream.ts';

/** Largest step of the 440 Hz test tone itself, and what a joint may add. */
export const amplitude = 8000;

export const tone = sine(440, amplitude);

export const toneStep = Math.ceil((amplitude * 2 * Math.PI * 440) / 8000);

export function count(result: VirtualStreamResult, kind: number, from = 0): number {
  return result.results.slice(from).filter((value) => value === kind).length;
}

/** How much later the tone is in the output than in the source, ms; by its phase, so modulo one period. */
export function delayBySound(result: VirtualStreamResult, frequency: number, fromSecond: number): number {
  const rate = 8000;
  const fit = fitSine(result.sound, fromSecond * rate, rate, frequency, rate);
  // sin(w(t − d)) as a cosine has phase w·t₀ − π/2 − w·d.
  const w = 2 * Math.PI * frequency;
  const turns = (w * fromSecond - Math.PI / 2 - fit.phase) / (2 * Math.PI);
  return ((turns - Math.floor(turns)) / frequency) * 1000;
}

export const codecs: [string, Codec][] = [
  ['L16 8 kHz', codecByName('L16', 8000)!],
  ['L16 16 kHz', codecByName('L16', 16000)!],
  ['L16 48 kHz', codecByName('L16', 48000)!],
];
