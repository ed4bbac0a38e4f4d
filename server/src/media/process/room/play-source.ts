import { Resampler } from '../../../audio/resampler.ts';
import { type Tone, ToneSource, toneByName } from '../../../audio/tones.ts';
import type { Wav } from '../../../audio/wav.ts';
import type { Log } from '../../../base/log.ts';
import type { PlayItem } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { SoundFiles } from './sound-files.ts';

/** An item of a play with its file loaded. */
export type Sound = { readonly wav: Wav } | { readonly tone: Tone } | { readonly silenceMs: number };

/** Loads every file first, so that playing never waits; throws CommandError `invalid`. */
export async function loadSounds(items: readonly PlayItem[], files: SoundFiles): Promise<Sound[]> {
  return Promise.all(
    items.map(async (item): Promise<Sound> => {
      if ('file' in item) return { wav: await files.load(item.file) };
      if ('silenceMs' in item) return item;
      const tone = toneByName(item.tone);
      if (tone === null) throw new CommandError('invalid', `unknown tone ${item.tone}`);
      return { tone };
    }),
  );
}

/** What a held leg is to hear; null, which is written down: it cannot be had, and no call ends for that. */
export async function loadMusic(file: string, files: SoundFiles, log: Log): Promise<Sound | null> {
  try {
    return { wav: await files.load(file) };
  } catch (error) {
    log.warn({ err: error }, 'there is no music on hold');
    return null;
  }
}

/** Renders one sound from its beginning: fills what it can of `out[at, end)` and returns how many samples that were. */
type Renderer = (out: Int16Array, at: number, end: number) => number;

/** A sequence of sounds as a stream of PCM at one rate. */
export class PlaySource {
  readonly rate: number;
  /** Somebody speaks in it (or plays): it is to be understood over what others say. Tones are not. */
  readonly spoken: boolean;
  #sounds: readonly Sound[];
  readonly #loop: boolean;
  #next = 0;
  #renderer: Renderer | null = null;
  #over = false;

  constructor(sounds: readonly Sound[], loop: boolean, rate: number) {
    this.#sounds = sounds;
    this.rate = rate;
    this.spoken = sounds.some((sound) => 'wav' in sound);
    // A loop of nothing would spin.
    this.#loop = loop && sounds.some((sound) => !('silenceMs' in sound) || sound.silenceMs > 0);
  }

  /** True when the last sample was rendered. */
  get over(): boolean {
    return this.#over;
  }

  /** Sounds that have not begun. */
  get waiting(): number {
    return this.#sounds.length - this.#next;
  }

  /** Goes on with these at its end, which it has not come to; what was played is forgotten. */
  add(sounds: readonly Sound[]): void {
    this.#sounds = [...this.#sounds.slice(this.#next), ...sounds];
    this.#next = 0;
  }

  /** Starts from the beginning. */
  rewind(): void {
    this.#next = 0;
    this.#renderer = null;
    this.#over = false;
  }

  /** Fills `out[0, samples)`, with silence after the end. */
  render(out: Int16Array, samples: number): void {
    let at = 0;
    let empty = 0;
    while (at < samples && !this.#over) {
      this.#renderer ??= this.#begin();
      if (this.#renderer === null) break;
      const count = this.#renderer(out, at, samples);
      at += count;
      if (at < samples) this.#renderer = null;
      // A whole round without a sample: the files are empty.
      empty = count === 0 ? empty + 1 : 0;
      if (empty > this.#sounds.length) this.#over = true;
    }
    if (at < samples) out.fill(0, at, samples);
  }

  #begin(): Renderer | null {
    if (this.#next >= this.#sounds.length) {
      if (!this.#loop) {
        this.#over = true;
        return null;
      }
      this.#next = 0;
    }
    const sound = this.#sounds[this.#next++]!;
    if ('wav' in sound) return wavRenderer(sound.wav, this.rate);
    if ('tone' in sound) return toneRenderer(sound.tone, this.rate);
    return silenceRenderer((sound.silenceMs * this.rate) / 1000);
  }
}

function wavRenderer(wav: Wav, rate: number): Renderer {
  let position = 0;
  if (wav.sampleRate === rate) {
    return (out, at, end) => {
      const count = Math.min(end - at, wav.pcm.length - position);
      for (let i = 0; i < count; i++) out[at + i] = wav.pcm[position + i]!;
      position += count;
      return count;
    };
  }
  const resampler = new Resampler(wav.sampleRate, rate);
  // Whole frames of 20 ms are converted at a time; what does not fit now waits in `spare`.
  const block = wav.sampleRate / 50;
  const spare = new Int16Array(rate / 50 + 8);
  let spareFrom = 0;
  let spareTo = 0;
  return (out, at, end) => {
    let written = 0;
    while (at + written < end) {
      if (spareFrom === spareTo) {
        const count = Math.min(block, wav.pcm.length - position);
        if (count <= 0) break;
        spareFrom = 0;
        spareTo = resampler.process(wav.pcm.subarray(position, position + count), count, spare);
        position += count;
        if (spareTo === 0) break;
      }
      out[at + written++] = spare[spareFrom++]!;
    }
    return written;
  };
}

function toneRenderer(tone: Tone, rate: number): Renderer {
  const source = new ToneSource(tone, rate);
  return (out, at, end) => source.render(at === 0 ? out : out.subarray(at), end - at);
}

function silenceRenderer(samples: number): Renderer {
  let left = Math.round(samples);
  return (out, at, end) => {
    const count = Math.min(left, end - at);
    out.fill(0, at, at + count);
    left -= count;
    return count;
  };
}
