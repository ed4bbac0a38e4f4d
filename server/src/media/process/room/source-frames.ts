import { Resampler } from '../../../audio/resampler.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import type { PlaySource } from './play-source.ts';
import { ScratchFrames } from './scratch.ts';

/** Frames of sources at rates of their own, until they are resampled. */
const frames = new ScratchFrames();

/** Frames of sources at one rate: those that began while it was another one go on at their pitch. */
export class SourceFrames {
  readonly #rate: number;
  #resamplers: WeakMap<PlaySource, Resampler> | null = null;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Writes the next frame of a source to `out`, which has the length of one at this rate. */
  render(source: PlaySource, out: Int16Array): void {
    if (source.rate === this.#rate) {
      source.render(out, out.length);
      return;
    }
    const frame = frames.of((source.rate / 1000) * frameMs);
    source.render(frame, frame.length);
    this.#resamplers ??= new WeakMap();
    let resampler = this.#resamplers.get(source);
    if (resampler === undefined) {
      resampler = new Resampler(source.rate, this.#rate);
      this.#resamplers.set(source, resampler);
    }
    resampler.process(frame, frame.length, out);
  }
}
