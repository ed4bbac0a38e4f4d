import assert from 'node:assert/strict';
import { goertzelLevel } from '../../src/audio/goertzel.ts';
import type { Phone } from './baresip.ts';
import type { Recording } from './recording.ts';
import { sleep } from './wait.ts';

/** Half a second at 8 kHz: whole periods of every even number of hertz, so tones do not leak into each other. */
const windowSamples = 4000;
/** dB below overload. A phone's tone arrives at about -11; codec noise and prompts leave less than -45 at one frequency. */
const heardAbove = -28;
const silentBelow = -42;

export interface Expectation {
  readonly phone: Phone;
  readonly hears: readonly number[];
  readonly notHears: readonly number[];
}

/** Listens for `ms` from now and checks that in the middle of that time each phone hears these tones and not those. */
export async function listen(expectations: readonly Expectation[], ms = 2000): Promise<void> {
  const marks = expectations.map(({ phone }) => ({ recording: phone.recording(), from: phone.recording().position }));
  await sleep(ms);
  expectations.forEach(({ phone, hears, notHears }, at) => {
    const { recording, from } = marks[at]!;
    const who = `phone ${phone.options.user}`;
    const to = recording.position;
    assert.ok(to - from >= windowSamples, `${who} received only ${to - from} samples in ${ms} ms`);
    const shown = [...hears, ...notHears].map((tone) => `${tone} Hz ${level(recording, from, to, tone).toFixed(1)} dB`);
    for (const tone of hears) {
      assert.ok(level(recording, from, to, tone) > heardAbove, `${who} does not hear ${tone} Hz: ${shown}`);
    }
    for (const tone of notHears) {
      assert.ok(level(recording, from, to, tone) < silentBelow, `${who} hears ${tone} Hz: ${shown}`);
    }
  });
}

/** The median level of one tone over the half seconds between two marks, dB below overload. */
export function level(recording: Recording, from: number, to: number, tone: number): number {
  const pcm = recording.samples(from, to);
  const levels: number[] = [];
  for (let at = 0; at + windowSamples <= pcm.length; at += windowSamples) {
    levels.push(goertzelLevel(pcm, at, windowSamples, tone, recording.rate));
  }
  levels.sort((a, b) => a - b);
  return levels[Math.floor(levels.length / 2)] ?? Number.NEGATIVE_INFINITY;
}

/** Loudness of everything between two marks, dB below overload. */
export function loudness(recording: Recording, from: number, to = recording.position): number {
  const pcm = recording.samples(from, to);
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return 10 * Math.log10(Math.max(sum / Math.max(1, pcm.length), 1e-6) / 32768 ** 2);
}
