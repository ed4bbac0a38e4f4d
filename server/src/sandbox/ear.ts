import { goertzel, goertzelLevel } from '../audio/goertzel.ts';
import type { Clock } from '../base/clock.ts';

const samplesPerMs = 8;
/** What is kept; nobody asks for a longer stretch at once. */
export const longestStretchMs = 4000;
const capacity = longestStretchMs * samplesPerMs;
/** A stream that pauses longer than this has become silent; less is the network's unrest. */
const patienceMs = 150;

/**
 * The levels, in dB below overload. A tone of the sandbox arrives at about -18, as one of three speakers at about -25.
 */
const toneHeardAbove = -34;
const toneGoneBelow = -40;
const soundAbove = -45;
/** Parts of a tone's window; speech never stays on one frequency through all of them. */
const partsOfWindow = 4;

/** Remembers the last seconds of what one call hears, and says what is in it. Missing packets are silence. */
export class Ear {
  readonly #clock: Clock;
  readonly #ring = new Int16Array(capacity);
  readonly #startMs: number;
  /** Samples since the start. */
  #written = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonic();
  }

  /** Samples so far, silence included: a mark for `stretch`. */
  position(): number {
    this.#keepUp();
    return this.#written;
  }

  hear(pcm: Int16Array, samples: number): void {
    this.#keepUp();
    for (let i = 0; i < samples; i++) this.#ring[(this.#written + i) % capacity] = pcm[i]!;
    this.#written += samples;
  }

  /** The last `ms`, none of it from before `since`; null while there is not so much. */
  stretch(ms: number, since: number): Int16Array | null {
    this.#keepUp();
    const samples = Math.min(ms, longestStretchMs) * samplesPerMs;
    const from = this.#written - samples;
    if (from < since) return null;
    return Int16Array.from({ length: samples }, (_, i) => this.#ring[(from + i) % capacity]!);
  }

  /** A pause is written as silence, but for the last moment, in which late packets may still come. */
  #keepUp(): void {
    const due = Math.floor((this.#clock.monotonic() - this.#startMs - patienceMs) * samplesPerMs);
    for (let left = Math.min(due - this.#written, capacity); left > 0; left--) this.#ring[(due - left) % capacity] = 0;
    if (due > this.#written) this.#written = due;
  }
}

/** A tone, alone or among others, through the whole stretch. */
export function hasTone(pcm: Int16Array, frequency: number): boolean {
  const part = Math.floor(pcm.length / partsOfWindow);
  for (let i = 0; i < partsOfWindow; i++) {
    if (goertzelLevel(pcm, i * part, part, frequency, samplesPerMs * 1000) < toneHeardAbove) return false;
  }
  return true;
}

/** Nothing of the tone in any part of the stretch. */
export function lacksTone(pcm: Int16Array, frequency: number): boolean {
  const part = Math.min(200 * samplesPerMs, pcm.length);
  for (let at = 0; part > 0 && at + part <= pcm.length; at += part) {
    if (goertzelLevel(pcm, at, part, frequency, samplesPerMs * 1000) > toneGoneBelow) return false;
  }
  return true;
}

/** dB below overload. */
export function loudness(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return 10 * Math.log10(Math.max(sum / Math.max(1, pcm.length), 1e-3) / 32768 ** 2);
}

export function isSilent(pcm: Int16Array): boolean {
  return loudness(pcm) < soundAbove;
}

/** For messages: the loudest frequencies of the stretch, in steps of 10 Hz. */
export function describeSound(pcm: Int16Array): string {
  if (isSilent(pcm)) return 'silence';
  const bins: { frequency: number; level: number }[] = [];
  for (let frequency = 100; frequency <= 3400; frequency += 10) {
    bins.push({ frequency, level: goertzel(pcm, 0, pcm.length, frequency, samplesPerMs * 1000) });
  }
  bins.sort((a, b) => b.level - a.level);
  const heard: number[] = [];
  for (const { frequency } of bins) {
    if (heard.length < 3 && heard.every((other) => Math.abs(other - frequency) > 40)) heard.push(frequency);
  }
  return `sound of ${loudness(pcm).toFixed(0)} dB, loudest at ${heard.join(', ')} Hz`;
}
