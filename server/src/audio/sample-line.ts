/**
 * Decoded sound on its way out, in one straight array with the sound just played kept before it: `[read − history,
 * read)` has been played, `[read, write)` waits. Straight, so that pitch search and cross-fades need no wrap; moved
 * back to the start once in many frames.
 */
export class SampleLine {
  readonly pcm: Int16Array;
  readonly #history: number;
  read: number;
  write: number;

  /**
   * @param history samples kept after they were played
   * @param capacity samples that may wait
   */
  constructor(history: number, capacity: number) {
    this.#history = history;
    this.pcm = new Int16Array(history + capacity * 2);
    this.read = history;
    this.write = history;
  }

  /** Samples waiting. */
  get filled(): number {
    return this.write - this.read;
  }

  /** Reads where the next frame of 20 ms at 8 kHz will be written; as of `Playout`. */
  readAhead(): number {
    const { pcm, write } = this;
    if (write + 128 >= pcm.length) return 0;
    return pcm[write]! + pcm[write + 32]! + pcm[write + 64]! + pcm[write + 96]! + pcm[write + 128]!;
  }

  /** Makes room for `count` more samples after `write`. */
  reserve(count: number): void {
    if (this.write + count <= this.pcm.length) return;
    const from = this.read - this.#history;
    this.pcm.copyWithin(0, from, this.write);
    this.read -= from;
    this.write -= from;
  }

  /** Nothing waits, and silence was played. */
  clear(): void {
    this.pcm.fill(0);
    this.read = this.write = this.#history;
  }

  /** Plays `count` samples into `out`. */
  take(out: Int16Array, count: number): void {
    const pcm = this.pcm;
    const read = this.read;
    for (let i = 0; i < count; i++) out[i] = pcm[read + i]!;
    this.read = read + count;
  }
}
