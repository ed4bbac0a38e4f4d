/** Lags searched, ms: a fundamental of 67 to 400 Hz. */
export const minLagMs = 2.5;
export const maxLagMs = 15;

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
    this.lag = to;
    this.likeness = -1;
    this.#scan(pcm, at, window, direction, from, to, stride, stride);
    if (stride > 1) {
      const near = this.lag;
      this.likeness = -1;
      this.#scan(pcm, at, window, direction, Math.max(from, near - stride), Math.min(to, near + stride), 1, 1);
    }
  }

  #scan(
    pcm: Int16Array,
    at: number,
    window: number,
    direction: 1 | -1,
    from: number,
    to: number,
    lagStep: number,
    step: number,
  ): void {
    let own = 0;
    for (let i = 0; i < window; i += step) own += pcm[at + i]! * pcm[at + i]!;
    for (let lag = from; lag <= to; lag += lagStep) {
      const other = at + direction * lag;
      let cross = 0;
      let energy = 0;
      for (let i = 0; i < window; i += step) {
        const b = pcm[other + i]!;
        cross += pcm[at + i]! * b;
        energy += b * b;
      }
      const likeness = own === 0 && energy === 0 ? 1 : cross / Math.sqrt(own * energy + 1);
      // A clearly better one only: the shorter of two equal lags changes less.
      if (likeness > this.likeness + 1e-4) {
        this.likeness = likeness;
        this.lag = lag;
      }
    }
  }
}
