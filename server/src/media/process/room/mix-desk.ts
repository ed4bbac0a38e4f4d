import { Limiter } from '../../../audio/limiter.ts';
import { MixBus } from '../../../audio/mixer.ts';
import { Resampler } from '../../../audio/resampler.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import type { PlaySource } from './play-source.ts';

/** What a room needs to mix at one rate. Another rate, another desk. */
export class MixDesk {
  readonly rate: number;
  readonly bus: MixBus;
  readonly limiter: Limiter;
  /** What plain listeners hear, in this tick and in the one before. */
  full: Int16Array;
  fullBefore: Int16Array;
  readonly silence: Int16Array;
  readonly #scratch: Int16Array;
  /** Of sources that began before this desk was there. */
  readonly #resamplers = new WeakMap<PlaySource, Resampler>();
  #source = new Int16Array(0);

  constructor(rate: number) {
    this.rate = rate;
    const samples = (rate / 1000) * frameMs;
    this.bus = new MixBus(rate, samples);
    this.limiter = new Limiter(rate);
    this.full = new Int16Array(samples);
    this.fullBefore = new Int16Array(samples);
    this.silence = new Int16Array(samples);
    this.#scratch = new Int16Array(samples);
  }

  /** The next frame of a source, at this rate; to be used before the next. */
  frameOf(source: PlaySource): Int16Array {
    const scratch = this.#scratch;
    if (source.rate === this.rate) {
      source.render(scratch, scratch.length);
      return scratch;
    }
    const samples = (source.rate / 1000) * frameMs;
    if (this.#source.length !== samples) this.#source = new Int16Array(samples);
    source.render(this.#source, samples);
    let resampler = this.#resamplers.get(source);
    if (resampler === undefined) {
      resampler = new Resampler(source.rate, this.rate);
      this.#resamplers.set(source, resampler);
    }
    resampler.process(this.#source, samples, scratch);
    return scratch;
  }
}
