/**
 * Speech under an announcement: quiet enough to understand the announcement, loud enough to know that somebody talks
 * (−14 dB).
 */
export const ducked = 0.2;
/** Lowered fast, since the announcement waits for it; raised again slowly. */
const downMs = 60;
const upMs = 400;

/**
 * The gain of speech while something is announced over it: 1 without announcement, `ducked` under one, with a ramp
 * between them. Per frame: `step`, then the samples of the frame go from `from` to `to`.
 */
export class Duck {
  readonly #down: number;
  readonly #up: number;
  /** At the beginning and at the end of this frame. */
  from = 1;
  to = 1;

  constructor(frameMs: number) {
    this.#down = ((1 - ducked) * frameMs) / downMs;
    this.#up = ((1 - ducked) * frameMs) / upMs;
  }

  /** Nothing is lowered in this frame. */
  get idle(): boolean {
    return this.from === 1 && this.to === 1;
  }

  /** Speech is down by the end of this frame: what is announced fits in beside it. */
  get ready(): boolean {
    return this.to === ducked;
  }

  /** Begins the next frame. */
  step(announced: boolean): void {
    this.from = this.to;
    if (announced) this.to = Math.max(ducked, this.to - this.#down);
    else this.to = Math.min(1, this.to + this.#up);
  }

  /**
   * Adds an announcement to a frame of speech lowered by this frame's gain: `mix` takes the sum. Gives the largest
   * magnitude in it.
   */
  mix(speech: Int16Array | Int32Array, over: Int16Array | Int32Array | null, samples: number, mix: Int32Array): number {
    const step = (this.to - this.from) / samples;
    let gain = this.from;
    let peak = 0;
    for (let i = 0; i < samples; i++) {
      gain += step;
      const value = Math.round(speech[i]! * gain) + (over === null ? 0 : over[i]!);
      mix[i] = value;
      if (value > peak) peak = value;
      else if (-value > peak) peak = -value;
    }
    return peak;
  }
}
