import { goertzelLevel } from '../../src/audio/goertzel.ts';
import type { Phone } from './baresip.ts';
import type { Recording } from './recording.ts';
import { waitFor } from './wait.ts';

/**
 * A quarter of a second at 8 kHz. Tones are some hundred hertz apart: at sixty or more, one leaks less than -33 dB of
 * itself into another's measurement, whole periods or not.
 */
const windowSamples = 2000;
/** What is judged at once: of its windows the middle one counts, so that one stall of the machine does not. */
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

/**
 * What a phone records from now on. Its call may be answered and not recorded yet, and what is there then be of an
 * earlier call: a recording that begins later takes the place of the one before, and counts from its start.
 */
class FromNowOn {
  readonly #phone: Phone;
  #recording: Recording | null;
  #from: number;

  constructor(phone: Phone) {
    this.#phone = phone;
    this.#recording = phone.newestRecording();
    this.#from = this.#recording?.position ?? 0;
  }

  /** The recording, and the samples of it that have come since; 0 before it has begun. */
  get heard(): { readonly recording: Recording; readonly to: number; readonly count: number } | null {
    const newest = this.#phone.newestRecording();
    if (newest !== null && newest.path !== this.#recording?.path) {
      this.#recording = newest;
      this.#from = 0;
    }
    const recording = this.#recording;
    if (recording === null || !recording.begun) return null;
    const to = recording.position;
    return { recording, to, count: to - this.#from };
  }
}

/** Waits until each phone has heard these tones and not those throughout a stretch of what it records from now on. */
export async function listen(expectations: readonly Expectation[]): Promise<void> {
  const wrong = expectations.map((expectation) => {
    const fromNowOn = new FromNowOn(expectation.phone);
    return () => whatIsWrong(expectation, fromNowOn);
  });
  await waitFor(
    () => wrong.every((one) => one() === null),
    8000,
    () => wrong.flatMap((one) => one() ?? []).join('; '),
  );
}

/** With the last stretch that began from now on; null when nothing is. */
function whatIsWrong({ phone, hears, notHears, sound }: Expectation, fromNowOn: FromNowOn): string | null {
  const who = `phone ${phone.options.user}`;
  const { heard } = fromNowOn;
  if (heard === null) return `${who} has recorded nothing yet`;
  const { recording, to, count } = heard;
  if (count < stretchSamples) return `${who} received only ${count} samples`;
  const start = to - stretchSamples;
  const of = (tone: number) => level(recording, start, to, tone);
  const shown = () => [...hears, ...notHears].map((tone) => `${tone} Hz ${of(tone).toFixed(1)} dB`);
  for (const tone of hears) if (of(tone) <= heardAbove) return `${who} does not hear ${tone} Hz: ${shown()}`;
  for (const tone of notHears) if (of(tone) >= silentBelow) return `${who} hears ${tone} Hz: ${shown()}`;
  const loud = sound ? loudness(recording, start, to) : 0;
  if (sound && loud <= soundAbove) return `${who} hears nothing, ${loud.toFixed(1)} dB in the last of ${count} samples`;
  return null;
}

/** Waits until a phone hears anything, a prompt say, in what it records from now on. */
export function hearsSound(phone: Phone): Promise<boolean> {
  const fromNowOn = new FromNowOn(phone);
  const loud = () => {
    const { heard } = fromNowOn;
    if (heard === null) return false;
    const { recording, to, count } = heard;
    const spoken = recording.rate / 5;
    return count >= spoken && loudness(recording, to - spoken, to) > soundAbove;
  };
  return waitFor(loud, 5000, `sound at ${phone.options.user}`);
}

/** Waits until a phone has recorded so many seconds more. */
export function recorded(phone: Phone, seconds: number): Promise<boolean> {
  const fromNowOn = new FromNowOn(phone);
  const enough = () => {
    const { heard } = fromNowOn;
    return heard !== null && heard.count >= seconds * heard.recording.rate;
  };
  return waitFor(enough, seconds * 1000, `${seconds} s of sound at ${phone.options.user}`);
}

/** The median level of one tone over the quarter seconds between two marks, dB below overload. */
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
