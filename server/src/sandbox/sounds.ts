import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Codec, codecByName } from '../audio/codec.ts';
import { type Tone, ToneSource, type ToneStep, toneByName } from '../audio/tones.ts';
import { readWav } from '../audio/wav.ts';
import { AppError, coerceError } from '../base/app-error.ts';
import type { Log } from '../base/log.ts';
import type { Playable } from './sandbox-call.ts';

const rate = 8000;
/** Names and frequencies kept; a test does not play more, and a peer cannot ask for any. */
const mostKept = 256;

/** A sound ready to be cut into packets: one byte per sample. */
export interface EncodedSound {
  readonly bytes: Uint8Array;
  /** Starts over at its end. */
  readonly repeat: boolean;
}

const on = (ms: number, ...frequencies: number[]): ToneStep => ({ frequencies, ms });
const off = (ms: number): ToneStep => ({ frequencies: [], ms });

/** Signals of the sandbox's own. A prompt of the same name, if it is there, is played in place of a signal. */
const signals: Readonly<Record<string, Tone>> = {
  greeting: {
    steps: [on(180, 523.25), on(180, 659.25), on(180, 783.99), on(360, 1046.5), off(300)],
    repeat: false,
    level: -20,
  },
  voicemail: { steps: [on(200, 659.25), off(60), on(200, 523.25), off(200)], repeat: false, level: -20 },
  echo: { steps: [on(120, 523.25), on(120, 783.99), off(200)], repeat: false, level: -20 },
  goodbye: { steps: [on(200, 523.25), on(300, 392)], repeat: false, level: -20 },
  /** The special information tone of ITU-T E.180. */
  'not-in-service': { steps: [on(330, 950), on(330, 1400), on(330, 1800), off(300)], repeat: false, level: -20 },
  /** Says every few seconds that the line is alive, without being a nuisance. */
  alive: { steps: [on(250, 620), off(3750)], repeat: true, level: -26 },
};

const steadyLevel = -18;

/**
 * What the sandbox can play, by name: its own signals and prompts, the tones of audio/tones.ts, or a number of hertz.
 * Read and encoded when first asked for, once for all calls.
 */
export class Sounds {
  readonly #folder: string;
  readonly #log: Log;
  readonly #pcm = new Map<Playable, { pcm: Int16Array; repeat: boolean }>();
  readonly #encoded = new Map<string, EncodedSound>();

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Throws AppError `notFound` for a name or frequency that cannot be played. */
  get(sound: Playable, codecName: string): EncodedSound {
    // Nobody else plays the same samples: they are not kept.
    if (sound instanceof Int16Array) return { bytes: encode(knownCodec(codecName), sound), repeat: false };
    const key = `${codecName} ${sound}`;
    const known = this.#encoded.get(key);
    if (known !== undefined) return known;
    const codec = knownCodec(codecName);
    const { pcm, repeat } = this.#samples(sound);
    const encoded = { bytes: encode(codec, pcm), repeat };
    if (this.#encoded.size >= mostKept) this.#encoded.clear();
    this.#encoded.set(key, encoded);
    return encoded;
  }

  #samples(sound: number | string): { pcm: Int16Array; repeat: boolean } {
    const known = this.#pcm.get(sound);
    if (known !== undefined) return known;
    const made = typeof sound === 'number' ? steady(sound) : this.#named(sound);
    if (this.#pcm.size >= mostKept) this.#pcm.clear();
    this.#pcm.set(sound, made);
    return made;
  }

  #named(name: string): { pcm: Int16Array; repeat: boolean } {
    const signal = Object.hasOwn(signals, name) ? signals[name]! : null;
    const prompt = signal?.repeat === false ? this.#prompt(name) : null;
    if (prompt !== null) return { pcm: prompt, repeat: false };
    const tone = signal ?? toneByName(name);
    if (tone === null) throw new AppError('notFound', `There is no sound ${name}.`);
    return { pcm: render(tone), repeat: tone.repeat };
  }

  #prompt(name: string): Int16Array | null {
    try {
      const wav = readWav(readFileSync(join(this.#folder, `${name}.wav`)));
      return wav.sampleRate === rate ? wav.pcm : null;
    } catch (error) {
      this.#log.debug({ prompt: name, error: coerceError(error).message }, 'no prompt: a signal is played instead');
      return null;
    }
  }
}

/** One second of a whole number of periods, so that it can be repeated without a click. */
function steady(frequency: number): { pcm: Int16Array; repeat: boolean } {
  if (!Number.isInteger(frequency) || frequency < 50 || frequency > 3800) {
    throw new AppError('notFound', 'A tone has a whole number of hertz between 50 and 3800.');
  }
  const amplitude = 32768 * Math.SQRT2 * 10 ** (steadyLevel / 20);
  const pcm = new Int16Array(rate);
  for (let i = 0; i < rate; i++) pcm[i] = Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / rate));
  return { pcm, repeat: true };
}

function render(tone: Tone): Int16Array {
  const samples = tone.steps.reduce((sum, step) => sum + Math.round((step.ms * rate) / 1000), 0);
  const pcm = new Int16Array(samples);
  new ToneSource({ ...tone, repeat: false }, rate).render(pcm, samples);
  return pcm;
}

function knownCodec(name: string): Codec {
  const codec = codecByName(name);
  if (codec === null) throw new AppError('notFound', `There is no codec ${name}.`);
  return codec;
}

function encode(codec: Codec, pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length);
  codec.createEncoder().encode(pcm, 0, pcm.length, bytes, 0);
  return bytes;
}
