/** Lags searched, ms: a fundamental of 67 to 400 Hz. */
export const minLagMs = 2.5;
export const maxLagMs = 15;

/**
 * What is being searched: one for the whole process, a search runs to its end. In double precision, which holds sums of
 * products of samples exactly and costs no conversion.
 */
let sound = new Float64Array(2048);

/** Finds the shift at which sound best resembles itself. Results are fields, so that nothing is allocated. */
export class PitchSearch {
  /** Samples. */
  lag = 0;
  /** Normalized correlation at `lag`, −1 to 1; 1 for digital silence. */
  likeness = 0;

  /**
   * Compares `pcm[at, at + window)` with the same window `lag` samples later (`direction` 1) or earlier (−1), for
   * `lag` in [from, to]. Above 8 kHz it looks at every `stride`-th sample and lag first, then refines.
   */
  find(pcm: Int16Array, at: number, window: number, direction: 1 | -1, from: number, to: number, stride: number): void {
    const begin = direction === 1 ? at : at - to;
    const length = window + to;
    if (sound.length < length) sound = new Float64Array(length);
    for (let i = 0; i < length; i++) sound[i] = pcm[begin + i]!;
    const own = at - begin;
    this.lag = to;
    this.likeness = -1;
    this.#scan(own, window, direction, from, to, stride);
    if (stride > 1) {
      const near = this.lag;
      this.likeness = -1;
      this.#scan(own, window, direction, Math.max(from, near - stride), Math.min(to, near + stride), 1);
    }
  }

  /** Every `step`-th lag, by every `step`-th sample; four lags in one pass, as far as there are four. */
  #scan(at: number, window: number, direction: 1 | -1, from: number, to: number, step: number): void {
    const pcm = sound;
    const end = at + Math.ceil(window / step) * step;
    let own = 0;
    let energy = 0;
    for (let i = at, j = at + direction * from; i < end; i += step, j += step) {
      own += pcm[i]! * pcm[i]!;
      energy += pcm[j]! * pcm[j]!;
    }
    const move = direction * step;
    // One lag further a window has lost a sample at one end and won one at the other; from its first sample on:
    const lost = direction === 1 ? 0 : end - at - step;
    const won = direction === 1 ? end - at - step : 0;
    for (let lag = from; lag <= to; ) {
      const first = at + direction * lag;
      const lags = lag + 3 * step <= to ? 4 : 1;
      let [a, b, c, d] = [0, 0, 0, 0];
      if (lags === 4) {
        for (let i = at, j = first; i < end; i += step, j += step) {
          const sample = pcm[i]!;
          a += sample * pcm[j]!;
          b += sample * pcm[j + move]!;
          c += sample * pcm[j + 2 * move]!;
          d += sample * pcm[j + 3 * move]!;
        }
      } else for (let i = at, j = first; i < end; i += step, j += step) a += pcm[i]! * pcm[j]!;
      for (let k = 0, other = first; k < lags; k++, lag += step, other += move) {
        if (k > 0 || lag > from) {
          const before = pcm[other - move + lost]!;
          const now = pcm[other + won]!;
          energy += now * now - before * before;
        }
        this.#judge(lag, k === 0 ? a : k === 1 ? b : k === 2 ? c : d, own, energy);
      }
    }
  }

  #judge(lag: number, cross: number, own: number, energy: number): void {
    const likeness = own === 0 && energy === 0 ? 1 : cross / Math.sqrt(own * energy + 1);
    // A clearly better one only: the shorter of two equal lags changes less.
    if (likeness > this.likeness + 1e-4) {
      this.likeness = likeness;
      this.lag = lag;
    }
  }
}
