import { maxLagMs, minLagMs, PitchSearch } from './pitch.ts';
import type { SampleLine } from './sample-line.ts';

/** Cross-fade over a joint, and the window compared, ms. */
const crossMs = 5;

/**
 * Makes waiting sound a pitch period shorter or longer, without changing its pitch (overlap-add where it resembles
 * itself): how a buffer follows another clock, or changes its delay, without anyone hearing it.
 *
 * Both give the number of samples taken out or put in; 0 when the likeness at the best place is below what is asked.
 */
export class TimeScale {
  readonly #stride: number;
  readonly #cross: number;
  readonly #minLag: number;
  readonly #maxLag: number;
  readonly #pitch = new PitchSearch();

  constructor(sampleRate: number) {
    const perMs = sampleRate / 1000;
    this.#stride = Math.max(1, sampleRate / 8000);
    this.#cross = crossMs * perMs;
    this.#minLag = minLagMs * perMs;
    this.#maxLag = maxLagMs * perMs;
  }

  /** Takes out one period, at most `most` samples. */
  shorten(line: SampleLine, most: number, likeness: number): number {
    const cross = this.#cross;
    const to = Math.min(most, this.#maxLag, line.filled - cross);
    if (to < this.#minLag) return 0;
    const { pcm, read } = line;
    const pitch = this.#pitch;
    pitch.find(pcm, read, cross, 1, this.#minLag, to, this.#stride);
    if (pitch.likeness < likeness) return 0;
    const lag = pitch.lag;
    // The fade is written at the far side, so that only `read` moves; what lies before it is still the sound just
    // played.
    for (let i = cross - 1; i >= 0; i--) {
      const share = (i + 1) / (cross + 1);
      pcm[read + lag + i] = Math.round(pcm[read + i]! * (1 - share) + pcm[read + lag + i]! * share);
    }
    pcm.copyWithin(lag + read - this.#historyOf(line), read - this.#historyOf(line), read);
    line.read = read + lag;
    return lag;
  }

  /** Plays the last period, at most `most` samples, once more; `line` keeps the longest one for it, `maxLagMs`. */
  lengthen(line: SampleLine, most: number, likeness: number): number {
    const cross = this.#cross;
    const to = Math.min(most, this.#maxLag);
    if (to < this.#minLag || line.filled < cross) return 0;
    line.reserve(to);
    const { pcm, read, write } = line;
    const pitch = this.#pitch;
    // The fade must be over before the repeated sound ends.
    pitch.find(pcm, read, cross, -1, Math.max(this.#minLag, cross), Math.max(to, cross), this.#stride);
    if (pitch.likeness < likeness) return 0;
    const lag = pitch.lag;
    pcm.copyWithin(read + lag, read, write);
    for (let i = 0; i < cross; i++) {
      const share = (i + 1) / (cross + 1);
      pcm[read + i] = Math.round(pcm[read + lag + i]! * (1 - share) + pcm[read - lag + i]! * share);
    }
    for (let i = cross; i < lag; i++) pcm[read + i] = pcm[read - lag + i]!;
    line.write = write + lag;
    return lag;
  }

  /** Played samples that must stay in place before `read`. */
  #historyOf(line: SampleLine): number {
    return Math.min(line.read, this.#maxLag * 2);
  }
}
