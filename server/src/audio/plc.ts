import { maxLagMs, minLagMs, PitchSearch } from './pitch.ts';
import type { SampleLine } from './sample-line.ts';

/** Sound before the gap that is compared with earlier sound, ms. */
const windowMs = 8;
/** Full volume for this long, then down to nothing over `fadeMs` (G.711 appendix I: 20 % per 10 ms). */
const fullMs = 10;
const fadeMs = 50;
/** Made-up sound lasts this long; then there is silence. */
export const concealmentMs = fullMs + fadeMs;
/** History that `start` looks at. */
export const plcHistoryMs = windowMs + maxLagMs + 7;

/**
 * Fills gaps left by lost packets: repeats the last pitch period of what was heard, with a seamless joint, fading out.
 * In the spirit of ITU-T G.711 appendix I, but without its delay of 3.75 ms.
 */
export class Concealment {
  readonly #perMs: number;
  readonly #stride: number;
  readonly #pitch = new PitchSearch();
  /** One pitch period whose end flows into its start. */
  readonly #cycle: Int16Array;
  #lag = 1;
  #position = 0;
  #produced: number;
  /** What is added at the very start, so that it begins where the sound stopped; gone after 2 ms. */
  #step = 0;

  constructor(sampleRate: number) {
    this.#perMs = sampleRate / 1000;
    this.#stride = Math.max(1, sampleRate / 8000);
    this.#cycle = new Int16Array(maxLagMs * this.#perMs);
    this.#produced = concealmentMs * this.#perMs;
  }

  /** All that `render` gives from now on is silence. */
  get faded(): boolean {
    return this.#produced >= concealmentMs * this.#perMs;
  }

  /** Begins a gap after the last sample of `line`. */
  start(line: SampleLine): void {
    const pcm = line.pcm;
    const end = line.write;
    const window = windowMs * this.#perMs;
    const pitch = this.#pitch;
    pitch.find(pcm, end - window, window, -1, minLagMs * this.#perMs, maxLagMs * this.#perMs, this.#stride);
    // Sound without pitch turns into a buzz when repeated fast: take the longest period.
    const lag = pitch.likeness < 0.4 ? maxLagMs * this.#perMs : pitch.lag;
    const cycle = this.#cycle;
    for (let i = 0; i < lag; i++) cycle[i] = pcm[end - lag + i]!;
    const joint = lag >> 2;
    for (let i = 0; i < joint; i++) {
      const share = (i + 1) / (joint + 1);
      const at = lag - joint + i;
      cycle[at] = Math.round(cycle[at]! * (1 - share) + pcm[end - lag - joint + i]! * share);
    }
    this.#lag = lag;
    this.#position = 0;
    this.#produced = 0;
    this.#step = pcm[end - 1]! - pcm[end - 1 - lag]!;
  }

  /** Silence from here on, without a start. */
  stop(): void {
    this.#produced = concealmentMs * this.#perMs;
  }

  /** The next `count` samples of the gap, to `out` from `at` on. */
  render(out: Int16Array, at: number, count: number): void {
    const full = fullMs * this.#perMs;
    const fade = fadeMs * this.#perMs;
    const settle = 2 * this.#perMs;
    let produced = this.#produced;
    let position = this.#position;
    for (let i = 0; i < count; i++, produced++) {
      const volume = produced < full ? 1 : 1 - (produced - full) / fade;
      if (volume <= 0) {
        out.fill(0, at + i, at + count);
        produced += count - i;
        break;
      }
      let value = this.#cycle[position]!;
      if (produced < settle) value += this.#step * (1 - (produced + 1) / settle);
      value = Math.round(value * volume);
      out[at + i] = Math.max(-32768, Math.min(32767, value));
      if (++position === this.#lag) position = 0;
    }
    this.#produced = produced;
    this.#position = position;
  }
}
