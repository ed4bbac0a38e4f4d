import { Limiter } from '../../../audio/limiter.ts';
import { MixBus } from '../../../audio/mixer.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import type { PlaySource } from './play-source.ts';
import { SourceFrames } from './source-frames.ts';

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
  readonly #sources: SourceFrames;

  constructor(rate: number) {
    this.rate = rate;
    const samples = (rate / 1000) * frameMs;
    this.bus = new MixBus(rate, samples);
    this.limiter = new Limiter(rate);
    this.full = new Int16Array(samples);
    this.fullBefore = new Int16Array(samples);
    this.silence = new Int16Array(samples);
    this.#scratch = new Int16Array(samples);
    this.#sources = new SourceFrames(rate);
  }

  /** The next frame of a source, at this rate; to be used before the next. */
  frameOf(source: PlaySource): Int16Array {
    this.#sources.render(source, this.#scratch);
    return this.#scratch;
  }
}
