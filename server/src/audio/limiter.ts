/** The highest level let through: the A-law peak, so that any single G.711 talker passes bit by bit. */
export const ceiling = 32256;

/**
 * How long the gain stays down after the last peak; longer than a period of any audible tone, so that it cannot follow
 * the wave.
 */
const holdMs = 200;
/** Gain regained per second afterwards, as a factor (6 dB). */
const releasePerSecond = 2;

/**
 * Keeps a mix within 16 bits by turning it down, never by cutting peaks off.
 *
 * The whole frame is known before its first sample leaves, so the gain is already down when the first peak comes: it
 * ramps from where it was to what the frame's peak needs, stays there, and comes back slowly. A steady loud mix thus
 * gets a constant gain: no harmonics. Below the ceiling with no recent peak the gain is exactly 1.
 *
 * One per distinct output: one shared by all who hear the same mix, one per talker.
 */
export class Limiter {
  readonly #release: number;
  readonly #holdSamples: number;
  readonly #rate: number;
  #gain = 1;
  #hold = 0;

  /** @param rate samples per second */
  constructor(rate: number) {
    this.#rate = rate;
    this.#holdSamples = (rate * holdMs) / 1000;
    this.#release = releasePerSecond;
  }

  /** The gain after the last frame; 1 = untouched. */
  get gain(): number {
    return this.#gain;
  }

  /** True when a frame with no peak above the ceiling may be copied as it is. */
  get idle(): boolean {
    return this.#gain === 1;
  }

  reset(): void {
    this.#gain = 1;
    this.#hold = 0;
  }

  /** Writes `samples` of `mix` to `out` within ±ceiling. `peak` is the largest magnitude in them. */
  process(mix: Int32Array, samples: number, peak: number, out: Int16Array): void {
    const from = this.#gain;
    const allowed = peak > ceiling ? ceiling / peak : 1;
    if (allowed < from) {
      this.#attack(mix, samples, from, allowed, out);
      return;
    }
    if (from === 1) {
      for (let i = 0; i < samples; i++) out[i] = mix[i]!;
      return;
    }
    let to = from;
    // A peak near the ceiling renews the hold.
    if (peak * from > ceiling * 0.9) this.#hold = this.#holdSamples;
    else if (this.#hold > 0) this.#hold -= samples;
    else to = Math.min(allowed, from * this.#release ** (samples / this.#rate));
    if (to > 0.9999) to = Math.min(1, allowed);
    const step = (to - from) / samples;
    let gain = from;
    for (let i = 0; i < samples; i++) {
      gain += step;
      out[i] = Math.round(mix[i]! * gain);
    }
    this.#gain = to;
  }

  /** Down to `to` by the first sample that would pass the ceiling at `from`; from there on constant. */
  #attack(mix: Int32Array, samples: number, from: number, to: number, out: Int16Array): void {
    const limit = ceiling / from;
    let first = 0;
    while (first < samples && Math.abs(mix[first]!) <= limit) first++;
    const step = (to - from) / (first + 1);
    let gain = from;
    for (let i = 0; i < first; i++) {
      gain += step;
      out[i] = Math.round(mix[i]! * gain);
    }
    for (let i = first; i < samples; i++) out[i] = Math.round(mix[i]! * to);
    this.#gain = to;
    this.#hold = this.#holdSamples;
  }
}
