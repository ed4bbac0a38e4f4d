/** A change of gain is spread over this time, so that it makes no click. */
const rampMs = 20;

/** Largest amplification; beyond it a line is broken, not quiet. */
const maxGainDb = 24;

/** At this level and below the gain is zero. */
const minGainDb = -60;

/** Decibels to a factor; 0 at `minGainDb` and below, bounded at `maxGainDb`. */
export function factorOf(db: number): number {
  if (!(db > minGainDb)) return 0;
  return 10 ** (Math.min(db, maxGainDb) / 20);
}

/**
 * One leg's volume: set in dB, reached by a short ramp, exactly nothing at 0 dB. Saturates where amplification passes
 * 16 bits.
 */
export class Gain {
  readonly #maxStep: number;
  #target = 1;
  #current = 1;

  /** @param rate samples per second */
  constructor(rate: number) {
    this.#maxStep = 1000 / (rate * rampMs);
  }

  /** Sets the gain in dB; it is reached within 20 ms for cuts and in proportion for amplification. */
  set(db: number): void {
    this.#target = factorOf(db);
  }

  /** Applies the gain to `pcm[0, samples)` in place. */
  apply(pcm: Int16Array, samples: number): void {
    const target = this.#target;
    let gain = this.#current;
    if (gain === 1 && target === 1) return;
    let i = 0;
    for (; i < samples && gain !== target; i++) {
      const step = target - gain;
      gain = Math.abs(step) <= this.#maxStep ? target : gain + (step > 0 ? this.#maxStep : -this.#maxStep);
      pcm[i] = saturate(pcm[i]! * gain);
    }
    this.#current = gain;
    if (gain === 1) return;
    if (gain === 0) pcm.fill(0, i, samples);
    else for (; i < samples; i++) pcm[i] = saturate(pcm[i]! * gain);
  }
}

/** Fades `pcm[0, samples)` linearly to silence in place. */
export function fadeOut(pcm: Int16Array, samples: number): void {
  for (let i = 0; i < samples; i++) pcm[i] = Math.round((pcm[i]! * (samples - i)) / samples);
}

/** To the nearest 16-bit sample. */
export function saturate(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : Math.round(value);
}
