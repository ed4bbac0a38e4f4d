import { writeWav } from '../../audio/wav.ts';

const rate = 8000;
/** An hour and a half of samples: what is kept in memory. */
const most = 90 * 60 * rate;
/** A larger step of the timestamps is another stream, which follows the first at once. */
const largestStep = 10 * rate;

/** What a call hears, each packet at its place by its RTP timestamp: silence where one was lost. */
export class HeardSound {
  #samples = new Int16Array(60 * rate);
  #end = 0;
  /** Timestamp of the first sample. */
  #origin: number | null = null;

  hear(pcm: Int16Array, timestamp: number): void {
    this.#origin ??= timestamp;
    let at = (timestamp - this.#origin) | 0;
    if (Math.abs(at - this.#end) > largestStep) {
      this.#origin = (timestamp - this.#end) >>> 0;
      at = this.#end;
    }
    const end = at + pcm.length;
    if (at < 0 || end > most) return;
    if (end > this.#samples.length) this.#grow(end);
    this.#samples.set(pcm, at);
    this.#end = Math.max(this.#end, end);
  }

  wav(): Uint8Array {
    return writeWav(this.#samples.subarray(0, this.#end), rate);
  }

  #grow(needed: number): void {
    const larger = new Int16Array(Math.max(needed, this.#samples.length * 2));
    larger.set(this.#samples);
    this.#samples = larger;
  }
}
