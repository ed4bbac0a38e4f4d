import { goertzelLevel } from '../../src/audio/goertzel.ts';
import type { Phone } from './baresip.ts';
import type { Recording } from './recording.ts';
import { waitFor } from './wait.ts';

/** Half a second at 8 kHz: whole periods of every even number of hertz, so tones do not leak into each other. */
const windowSamples = 4000;
/** What is judged at once: of its half seconds the middle one counts, so that one stall of the machine does not. */
const stretchSamples = 3 * windowSamples;
/**
 * dB below overload. A phone's tone arrives at about -11; codec noise and prompts leave less than -45 at one frequency.
 */
const heardAbove = -28;
const silentBelow = -42;
const soundAbove = -45;

export interface Expectation {
  readonly phone: Phone;
  readonly hears: readonly number[];
  readonly notHears: readonly number[];
  /** Whatever it is, it hears something. */
  readonly sound?: true;
}

/** Waits until each phone has heard these tones and not those throughout a stretch of what it records from now on. */
export async function listen(expectations: readonly Expectation[]): Promise<void> {
  const wrong = expectations.map((expectation) => {
    const recording = expectation.phone.recording();
    const from = recording.position;
    return () => whatIsWrong(expectation, recording, from);
  });
  await waitFor(
    () => wrong.every((one) => one() === null),
    8000,
    () => wrong.flatMap((one) => one() ?? []).join('; '),
  );
}

/** With the last stretch that began after `from`; null when nothing is. */
function whatIsWrong({ phone, hears, notHears, sound }: Expectation, recording: Recording, from: number) {
  const who = `phone ${phone.options.user}`;
  const to = recording.position;
  if (to - from < stretchSamples) return `${who} received only ${to - from} samples`;
  const start = to - stretchSamples;
  const of = (tone: number) => level(recording, start, to, tone);
  const shown = [...hears, ...notHears].map((tone) => `${tone} Hz ${of(tone).toFixed(1)} dB`);
  for (const tone of hears) if (of(tone) <= heardAbove) return `${who} does not hear ${tone} Hz: ${shown}`;
  for (const tone of notHears) if (of(tone) >= silentBelow) return `${who} hears ${tone} Hz: ${shown}`;
  if (sound && loudness(recording, start, to) <= soundAbove) return `${who} hears nothing`;
  return null;
}

/** Waits until a phone hears anything, a prompt say, in what it records from now on. */
export function hearsSound(phone: Phone): Promise<boolean> {
  const recording = phone.recording();
  const from = recording.position;
  const spoken = recording.rate / 5;
  return waitFor(
    () => recording.position - from >= spoken && loudness(recording, recording.position - spoken) > soundAbove,
    5000,
    `sound at ${phone.options.user}`,
  );
}

/** Waits until a phone has recorded so many seconds more. */
export function recorded(phone: Phone, seconds: number): Promise<boolean> {
  const recording = phone.recording();
  const until = recording.position + seconds * recording.rate;
  return waitFor(() => recording.position >= until, seconds * 1000, `${seconds} s of sound at ${phone.options.user}`);
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
