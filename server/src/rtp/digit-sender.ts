import { eventOfDigit } from './telephone-event.ts';

/** The last packet of an event is sent this often (RFC 4733 §2.5.1.4). */
const endPackets = 3;
const longestQueue = 256;
/** A duration has 16 bits: what lasts longer goes on in a new segment behind it (RFC 4733 §2.5.1.3). */
const longestSegment = 0xffff;
const longestDigitMs = 8000;
const shortestDigitMs = 40;

interface Queued {
  readonly event: number;
  readonly durationMs: number;
  readonly gapMs: number;
}

/**
 * Digits to telephone-event packets, one call of `next` per packet slot. While an event lasts it takes the place of
 * audio; between events audio flows.
 *
 * States: idle · event · ending · gap.
 *
 *     idle    queue not empty  → event  (marker, timestamp of this slot)
 *     event   not long enough  → event  (duration grows, or begins anew behind the longest)
 *     event   long enough      → ending (first end packet)
 *     ending  fewer than three → ending (repeat)
 *     ending  three sent       → gap
 *     gap     over             → idle
 */
export class DigitSender {
  /** Of the durations, Hz. */
  clockRate: number;
  readonly #queue: Queued[] = [];
  #state: 'idle' | 'event' | 'ending' | 'gap' = 'idle';
  #current: Queued | null = null;
  #elapsedMs = 0;
  /** Of segments that are over, timestamp units. */
  #earlier = 0;
  #ends = 0;

  /** What the packet of this slot says, valid after `next` returned true. */
  event = 0;
  end = false;
  marker = false;
  timestamp = 0;
  duration = 0;

  constructor(clockRate: number) {
    this.clockRate = clockRate;
  }

  get active(): boolean {
    return this.#state !== 'idle' || this.#queue.length > 0;
  }

  /** Appends digits (0-9 * # A-D). False, with nothing queued, when one is none or the queue would be too long. */
  queue(digits: string, durationMs: number, gapMs: number): boolean {
    if (digits.length + this.#queue.length > longestQueue) return false;
    const codes = [...digits].map(eventOfDigit);
    if (codes.some((code) => code === null)) return false;
    const clamped = Math.min(longestDigitMs, Math.max(shortestDigitMs, durationMs));
    for (const event of codes) this.#queue.push({ event: event!, durationMs: clamped, gapMs });
    return true;
  }

  /** True when this slot carries an event packet; false when it is free for audio. */
  next(slotTimestamp: number, slotMs: number): boolean {
    switch (this.#state) {
      case 'idle':
        return this.#begin(slotTimestamp, slotMs);
      case 'event':
        this.marker = false;
        this.#grow(slotMs);
        return true;
      case 'ending':
        this.#ends++;
        if (this.#ends >= endPackets) {
          this.#state = 'gap';
          this.#elapsedMs = 0;
        }
        return true;
      case 'gap':
        this.#elapsedMs += slotMs;
        if (this.#elapsedMs >= (this.#current?.gapMs ?? 0)) this.#state = 'idle';
        return false;
    }
  }

  #begin(slotTimestamp: number, slotMs: number): boolean {
    const next = this.#queue.shift();
    if (next === undefined) return false;
    this.#current = next;
    this.#state = 'event';
    this.#elapsedMs = 0;
    this.#ends = 0;
    this.event = next.event;
    this.timestamp = slotTimestamp;
    this.marker = true;
    this.duration = 0;
    this.#earlier = 0;
    this.#grow(slotMs);
    return true;
  }

  #grow(slotMs: number): void {
    const wanted = this.#current?.durationMs ?? 0;
    this.#elapsedMs = Math.min(wanted, this.#elapsedMs + slotMs);
    if (this.duration === longestSegment) {
      this.timestamp = (this.timestamp + longestSegment) | 0;
      this.#earlier += longestSegment;
    }
    const units = Math.max(0, Math.round((this.#elapsedMs * this.clockRate) / 1000) - this.#earlier);
    this.duration = Math.min(longestSegment, units);
    this.end = this.#elapsedMs >= wanted && units <= longestSegment;
    if (this.end) {
      this.#state = 'ending';
      this.#ends = 1;
    }
  }
}
