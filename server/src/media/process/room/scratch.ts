/**
 * Frames that are good for a moment only: whoever needs one more takes it anew each time. One each per process and
 * purpose, so that with many legs they are still in the processor's caches.
 */
export class ScratchFrames {
  readonly #bySize = new Map<number, Int16Array[]>();

  /** A frame of so many samples; `place` tells those apart that are needed at the same time. */
  of(samples: number, place = 0): Int16Array {
    let frames = this.#bySize.get(samples);
    if (frames === undefined) {
      frames = [];
      this.#bySize.set(samples, frames);
    }
    const known = frames[place];
    if (known !== undefined) return known;
    const frame = new Int16Array(samples);
    frames[place] = frame;
    return frame;
  }
}
