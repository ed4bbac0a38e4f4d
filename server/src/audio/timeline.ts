import { ts32Diff } from '../base/serial.ts';
import { maxPacketMs } from './codec.ts';

/**
 * A timestamp step is believed when the clock on the wall agrees with it to this many ms (a pause in the sender's
 * stream).
 */
const pacedMs = 250;
/** How long the slowest packet is remembered: between one and two of these. */
const memoryMs = 2000;

/**
 * Puts a stream's packets on a line of sample numbers: RTP timestamps unwrapped, at the sample rate, without the jumps
 * that senders make when they are re-anchored. Knows how late the slowest recent packet was (`slowest`), on which the
 * delay rests.
 *
 * A packet's *transit* is its arrival minus its place, both in samples: it has no meaning but by comparison.
 */
export class Timeline {
  readonly #perMs: number;
  readonly #scale: number;
  readonly #outlier: number;
  #started = false;
  #lastTimestamp = 0;
  #lastPlace = 0;
  #lastArrival = 0;
  #lastTransit = 0;
  /** The last packet observed, in whatever order it came, was too late to count. */
  #stalled = false;
  #observedPlace = 0;
  #observedArrival = 0;
  #jitter = 0;
  #slowNow = Number.NEGATIVE_INFINITY;
  #slowBefore = Number.NEGATIVE_INFINITY;
  #slowSince = 0;

  /**
   * @param sampleRate of the places
   * @param clockRate of the timestamps
   * @param outlier a packet later than the slowest by more samples than this is not waited for in future
   */
  constructor(sampleRate: number, clockRate: number, outlier: number) {
    this.#perMs = sampleRate / 1000;
    this.#scale = sampleRate / clockRate;
    this.#outlier = outlier;
  }

  /** Transit of the slowest recent packet, samples. */
  get slowest(): number {
    return Math.max(this.#slowNow, this.#slowBefore);
  }

  /** Transit of the packet placed last, samples. */
  get transit(): number {
    return this.#lastTransit;
  }

  /** Interarrival jitter (RFC 3550 6.4.1), ms. */
  get jitterMs(): number {
    return this.#jitter / this.#perMs;
  }

  get started(): boolean {
    return this.#started;
  }

  /** Place of the newest packet. */
  get last(): number {
    return this.#lastPlace;
  }

  /** Forgets the stream; the next packet is the first of another. */
  reset(): void {
    this.#started = false;
    this.#slowNow = this.#slowBefore = Number.NEGATIVE_INFINITY;
  }

  /** Starts, or starts over, with a packet put at `place`. */
  anchor(timestamp: number, arrivalMs: number, place: number): void {
    this.#started = true;
    this.#lastTimestamp = timestamp;
    this.#lastPlace = place;
    this.#lastArrival = arrivalMs;
    this.#slowNow = this.#slowBefore = Number.NEGATIVE_INFINITY;
    this.#slowSince = arrivalMs;
    this.#lastTransit = arrivalMs * this.#perMs - place;
    this.#slowNow = this.#lastTransit;
    this.#stalled = false;
    this.#observedPlace = place;
    this.#observedArrival = arrivalMs;
  }

  /**
   * Whether the packet `ahead` (≥ 1) sequence numbers after the newest one continues its timestamps: by a step that so
   * many packets can fill, or by a pause as long as the one in arrival. Anything else is a jump and needs `anchor`.
   */
  continues(ahead: number, timestamp: number, arrivalMs: number): boolean {
    const step = ts32Diff(timestamp, this.#lastTimestamp) * this.#scale;
    if (step <= 0) return false;
    if (step <= ahead * maxPacketMs * this.#perMs) return true;
    return Math.abs(step - (arrivalMs - this.#lastArrival) * this.#perMs) < pacedMs * this.#perMs;
  }

  /** Places a packet newer than all before, which `continues`. */
  extend(timestamp: number, arrivalMs: number): number {
    const place = this.#lastPlace + ts32Diff(timestamp, this.#lastTimestamp) * this.#scale;
    this.#lastTimestamp = timestamp;
    this.#lastPlace = place;
    this.#lastArrival = arrivalMs;
    this.#observe(arrivalMs, place);
    return place;
  }

  /** Whether a timestamp can be that of one of the `packets` before the newest. */
  precedes(timestamp: number, packets: number): boolean {
    const back = ts32Diff(this.#lastTimestamp, timestamp) * this.#scale;
    return back > 0 && back <= packets * maxPacketMs * this.#perMs;
  }

  /** Places a packet that was overtaken by newer ones. */
  insert(timestamp: number, arrivalMs: number): number {
    const place = this.#lastPlace + ts32Diff(timestamp, this.#lastTimestamp) * this.#scale;
    this.#observe(arrivalMs, place);
    return place;
  }

  #observe(arrivalMs: number, place: number): void {
    const transit = arrivalMs * this.#perMs - place;
    const change = Math.abs(transit - this.#lastTransit);
    // A pause or a stall is not jitter.
    if (change < this.#outlier) this.#jitter += (change - this.#jitter) / 16;
    this.#lastTransit = transit;
    if (arrivalMs - this.#slowSince >= memoryMs) {
      this.#slowBefore = this.#slowNow;
      this.#slowNow = Number.NEGATIVE_INFINITY;
      this.#slowSince = arrivalMs;
    }
    // What had to wait behind a packet too late to count comes in a rush after it, and does not count either.
    const rushed = (arrivalMs - this.#observedArrival) * this.#perMs * 2 < place - this.#observedPlace;
    this.#observedArrival = arrivalMs;
    this.#observedPlace = place;
    const slowest = this.slowest;
    const outlier = slowest !== Number.NEGATIVE_INFINITY && transit - slowest > this.#outlier;
    // A second one, not in a rush, is no exception: the network has become slower.
    this.#stalled = this.#stalled ? rushed : outlier;
    if (!this.#stalled && transit > this.#slowNow) this.#slowNow = transit;
  }
}
