import { saturate } from './gain.ts';

/** Zero crossings are weighed by a Kaiser window; this β gives a stop band below −60 dB. */
const kaiserBeta = 6.2;
/** Share of the lower rate's band that passes flat: 3.4 of 4 kHz, 6.8 of 8 kHz. */
const passShare = 0.85;

/** A bank of `phases` FIR filters of `taps` coefficients each, at the higher of two rates. */
interface Bank {
  readonly taps: number;
  /** `coefficients[phase * taps + k]` weighs the sample `k` places after the oldest; `taps` is a multiple of 4. */
  readonly coefficients: Float64Array;
}

const banks = new Map<string, Bank>();

/** The zeroth-order modified Bessel function, for the Kaiser window. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Low-pass at the lower rate's Nyquist frequency, cut into phases. With M the rate ratio, an interpolator has M phases,
 * a decimator has one, which is the whole filter.
 */
function bankFor(from: number, to: number): Bank {
  const key = `${from}>${to}`;
  const known = banks.get(key);
  if (known !== undefined) return known;
  const high = Math.max(from, to);
  const low = Math.min(from, to);
  const ratio = high / low;
  // Kaiser's estimate for 62 dB over the transition band [pass, Nyquist].
  const transition = ((1 - passShare) * low) / 2 / high;
  const length = Math.ceil((62 - 7.95) / (14.36 * transition) / ratio / 4) * ratio * 4;
  const cutoff = ((1 + passShare) * low) / 4 / high;
  const centre = (length - 1) / 2;
  const prototype = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const t = i - centre;
    const sinc = t === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * t) / (Math.PI * t);
    prototype[i] = sinc * (bessel0(kaiserBeta * Math.sqrt(1 - (t / (centre + 1)) ** 2)) / bessel0(kaiserBeta));
  }
  const phases = to > from ? ratio : 1;
  const taps = length / phases;
  const coefficients = new Float64Array(length);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += prototype[phase + k * phases]!;
    // Each phase passes a constant unchanged, else silence with an offset would ring at the phase rate.
    for (let k = 0; k < taps; k++) coefficients[phase * taps + taps - 1 - k] = prototype[phase + k * phases]! / sum;
  }
  const bank = { taps, coefficients };
  banks.set(key, bank);
  return bank;
}

/**
 * Converts a stream between two of 8, 16 and 48 kHz by a polyphase FIR filter: flat to 3.4 kHz (narrowband) and
 * 6.8 kHz (wideband), at least 50 dB down from the lower rate's Nyquist frequency on. Delay: 3 ms, or 1.6 ms at 16–48
 * kHz.
 *
 * Streaming: state is kept, frames of any size join without a seam, and every `from/gcd` samples in give exactly
 * `to/gcd` samples out.
 */
export class Resampler {
  readonly from: number;
  readonly to: number;
  readonly #bank: Bank | null;
  /** Whole ratio of the two rates. */
  readonly #ratio: number;
  /** The last `taps − 1` input samples, then the block at hand. */
  readonly #line: Float64Array;
  /** Input samples to skip before the next output (decimation only). */
  #skip = 0;

  /** @param from, to samples per second; one a whole multiple of the other. */
  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
    this.#ratio = from > to ? from / to : to / from;
    if (!Number.isInteger(this.#ratio)) throw new RangeError(`no whole ratio between ${from} and ${to} Hz`);
    this.#bank = from === to ? null : bankFor(from, to);
    this.#line = new Float64Array(this.#bank === null ? 0 : this.#bank.taps - 1 + Math.max(from / 50, 64));
  }

  /** The number of samples that `samples` more will give. */
  outputFor(samples: number): number {
    if (this.to >= this.from) return samples * this.#ratio;
    return samples <= this.#skip ? 0 : Math.ceil((samples - this.#skip) / this.#ratio);
  }

  /** Converts `input[0, samples)` to `out` from 0 on and returns the number of samples written. */
  process(input: Int16Array, samples: number, out: Int16Array): number {
    if (this.#bank === null) {
      for (let i = 0; i < samples; i++) out[i] = input[i]!;
      return samples;
    }
    const line = this.#line;
    const before = this.#bank.taps - 1;
    const block = line.length - before;
    let written = 0;
    for (let done = 0; done < samples; done += block) {
      const count = Math.min(block, samples - done);
      for (let i = 0; i < count; i++) line[before + i] = input[done + i]!;
      written = this.to > this.from ? this.#up(count, out, written) : this.#down(count, out, written);
      line.copyWithin(0, count, count + before);
    }
    return written;
  }

  reset(): void {
    this.#line.fill(0);
    this.#skip = 0;
  }

  #up(count: number, out: Int16Array, at: number): number {
    const { taps, coefficients } = this.#bank!;
    const line = this.#line;
    const ratio = this.#ratio;
    for (let i = 0; i < count; i++) {
      for (let phase = 0; phase < ratio; phase++) {
        out[at++] = saturate(weigh(coefficients, phase * taps, line, i, taps));
      }
    }
    return at;
  }

  #down(count: number, out: Int16Array, at: number): number {
    const { taps, coefficients } = this.#bank!;
    const line = this.#line;
    let i = this.#skip;
    for (; i < count; i += this.#ratio) out[at++] = saturate(weigh(coefficients, 0, line, i, taps));
    this.#skip = i - count;
    return at;
  }
}

/** Sum of `taps` products; four sums side by side, so that none waits for another. */
function weigh(coefficients: Float64Array, from: number, line: Float64Array, at: number, taps: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = 0; k < taps; k += 4) {
    a += coefficients[from + k]! * line[at + k]!;
    b += coefficients[from + k + 1]! * line[at + k + 1]!;
    c += coefficients[from + k + 2]! * line[at + k + 2]!;
    d += coefficients[from + k + 3]! * line[at + k + 3]!;
  }
  return a + b + (c + d);
}
