import type { Duck } from './duck.ts';
import { ceiling, type Limiter } from './limiter.ts';

/**
 * The sum of one room for one frame: added once per talker, then read once per distinct output as `sum − own voice`,
 * which is exact because the sum is kept in 32 bits (65 536 full-scale talkers fit).
 *
 * Per frame: `begin()`, `add()` for each leg that speaks and `announce()` for what is said over them, then `mixFor()`
 * for each talker (with its own samples) and once for everybody who is not in the sum (with null). Announcements are in
 * every output, and everything else is lowered under them.
 */
export class MixBus {
  readonly rate: number;
  readonly frameSamples: number;
  readonly #sum: Int32Array;
  readonly #mix: Int32Array;
  /** What is announced; made when first needed. */
  #over: Int32Array | null = null;
  #announcements = 0;
  #duck: Duck | null = null;
  #sources = 0;

  /**
   * @param rate samples per second
   * @param frameSamples samples per frame, the same for all slots
   */
  constructor(rate: number, frameSamples: number) {
    this.rate = rate;
    this.frameSamples = frameSamples;
    this.#sum = new Int32Array(frameSamples);
    this.#mix = new Int32Array(frameSamples);
  }

  /** Sources and announcements since `begin()`; when 0, every output is silence and need not be computed. */
  get sources(): number {
    return this.#sources + this.#announcements;
  }

  /** `duck`: how far what is added is lowered in this frame; null or idle: not at all. */
  begin(duck: Duck | null = null): void {
    if (this.#sources > 0) this.#sum.fill(0);
    this.#sources = 0;
    this.#announcements = 0;
    this.#duck = duck === null || duck.idle ? null : duck;
  }

  /** Says something over all that is added, to everybody. Only while `begin` was given a duck that is not idle. */
  announce(slot: Int16Array): void {
    this.#over ??= new Int32Array(this.frameSamples);
    const over = this.#over;
    if (this.#announcements === 0) for (let i = 0; i < this.frameSamples; i++) over[i] = slot[i]!;
    else for (let i = 0; i < this.frameSamples; i++) over[i] = over[i]! + slot[i]!;
    this.#announcements++;
  }

  /** Adds a source. The slot must stay as it is until the frame's last `mixFor()`. */
  add(slot: Int16Array): void {
    const sum = this.#sum;
    const samples = this.frameSamples;
    if (this.#sources === 0) for (let i = 0; i < samples; i++) sum[i] = slot[i]!;
    else for (let i = 0; i < samples; i++) sum[i] = sum[i]! + slot[i]!;
    this.#sources++;
  }

  /**
   * Writes what one output hears: everything but `own`, which must be a slot that was added in this frame, or null for
   * a listener. `limiter` belongs to this output alone (all plain listeners together are one output).
   */
  mixFor(own: Int16Array | null, limiter: Limiter, out: Int16Array): void {
    if (this.#duck !== null) {
      this.#mixUnder(this.#duck, own, null, limiter, out);
      return;
    }
    const sum = this.#sum;
    const samples = this.frameSamples;
    let peak = 0;
    if (own === null) {
      for (let i = 0; i < samples; i++) {
        const value = sum[i]!;
        out[i] = value;
        if (value > peak) peak = value;
        else if (-value > peak) peak = -value;
      }
      if (peak > ceiling || !limiter.idle) limiter.process(sum, samples, peak, out);
      return;
    }
    for (let i = 0; i < samples; i++) {
      const value = sum[i]! - own[i]!;
      out[i] = value;
      if (value > peak) peak = value;
      else if (-value > peak) peak = -value;
    }
    if (peak <= ceiling && limiter.idle) return;
    const mix = this.#mix;
    for (let i = 0; i < samples; i++) mix[i] = sum[i]! - own[i]!;
    limiter.process(mix, samples, peak, out);
  }

  /** As `mixFor`, and over it what is for this output alone: slots that were not added in this frame. */
  mixWith(own: Int16Array | null, also: readonly Int16Array[], limiter: Limiter, out: Int16Array): void {
    if (this.#duck !== null) {
      this.#mixUnder(this.#duck, own, also, limiter, out);
      return;
    }
    const mix = this.#mix;
    const samples = this.frameSamples;
    mix.set(this.#sum);
    if (own !== null) for (let i = 0; i < samples; i++) mix[i] = mix[i]! - own[i]!;
    for (const slot of also) for (let i = 0; i < samples; i++) mix[i] = mix[i]! + slot[i]!;
    let peak = 0;
    for (let i = 0; i < samples; i++) {
      const value = mix[i]!;
      out[i] = value;
      if (value > peak) peak = value;
      else if (-value > peak) peak = -value;
    }
    if (peak > ceiling || !limiter.idle) limiter.process(mix, samples, peak, out);
  }

  #mixUnder(
    duck: Duck,
    own: Int16Array | null,
    also: readonly Int16Array[] | null,
    limiter: Limiter,
    out: Int16Array,
  ): void {
    const mix = this.#mix;
    const samples = this.frameSamples;
    mix.set(this.#sum);
    if (own !== null) for (let i = 0; i < samples; i++) mix[i] = mix[i]! - own[i]!;
    if (also !== null) for (const slot of also) for (let i = 0; i < samples; i++) mix[i] = mix[i]! + slot[i]!;
    const peak = duck.mix(mix, this.#announcements > 0 ? this.#over : null, samples, mix);
    limiter.process(mix, samples, peak, out);
  }
}
