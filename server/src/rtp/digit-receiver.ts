import { ts32Diff } from '../base/serial.ts';
import { digitOfEvent, type TelephoneEvent } from './telephone-event.ts';

/** A digit whose packets stop without an end bit is over after this long: all three end packets were lost. */
const lostEndMs = 120;
/** An event longer than the 16-bit duration goes on in a new segment with a new timestamp (RFC 4733 §2.5.1.3). */
const longestSegment = 0xffff;
/** Packets of an event already over are repeats or stragglers; older than this it is a new stream's timestamp. */
const stragglerUnits = 80_000;

/** Called once per digit pressed. */
export type DigitListener = (digit: string, durationMs: number) => void;

/**
 * Telephone-event packets of one source → digits, each once (RFC 4733 §2.5.2): repeats are known by the timestamp, the
 * end is the first packet with the end bit, the next event, or silence (call `expire` now and then).
 *
 * States: idle · inEvent.
 *
 *     idle     new timestamp             → inEvent (reported at once when the end bit is set: the rest was lost)
 *     idle     timestamp of the last one → idle    (a repeat)
 *     inEvent  same event, no end        → inEvent (longer)
 *     inEvent  same event, end           → idle    (report)
 *     inEvent  segment that continues it → inEvent (longer still)
 *     inEvent  another event             → report, then as in idle
 *     inEvent  nothing for 120 ms        → idle    (report)
 */
export class DigitReceiver {
  readonly #clockRate: number;
  readonly #onDigit: DigitListener;
  #inEvent = false;
  #known = false;
  #event = 0;
  #timestamp = 0;
  #duration = 0;
  #earlierSegments = 0;
  #heardMs = 0;

  constructor(clockRate: number, onDigit: DigitListener) {
    this.#clockRate = clockRate;
    this.#onDigit = onDigit;
  }

  get inEvent(): boolean {
    return this.#inEvent;
  }

  /** Takes one parsed packet with its RTP timestamp. */
  receive(packet: TelephoneEvent, timestamp: number, nowMs: number): void {
    if (this.#known && timestamp === this.#timestamp && packet.event === this.#event) {
      if (!this.#inEvent) return;
      this.#heardMs = nowMs;
      if (packet.duration > this.#duration) this.#duration = packet.duration;
      if (packet.end) this.#finish();
      return;
    }
    if (this.#known && this.#isStraggler(timestamp)) return;
    if (this.#inEvent && this.#continues(packet, timestamp)) {
      this.#earlierSegments += this.#duration;
      this.#timestamp = timestamp;
      this.#duration = packet.duration;
      this.#heardMs = nowMs;
      if (packet.end) this.#finish();
      return;
    }
    if (this.#inEvent) this.#finish();
    this.#known = true;
    this.#inEvent = true;
    this.#event = packet.event;
    this.#timestamp = timestamp;
    this.#duration = packet.duration;
    this.#earlierSegments = 0;
    this.#heardMs = nowMs;
    if (packet.end) this.#finish();
  }

  /** Ends an event whose end was lost. */
  expire(nowMs: number): void {
    if (this.#inEvent && nowMs - this.#heardMs >= lostEndMs) this.#finish();
  }

  /** Forgets everything: the source is another one now. An unfinished digit is reported. */
  reset(): void {
    if (this.#inEvent) this.#finish();
    this.#known = false;
  }

  #isStraggler(timestamp: number): boolean {
    const ahead = ts32Diff(timestamp, this.#timestamp);
    return ahead < 0 && ahead > -stragglerUnits;
  }

  #continues(packet: TelephoneEvent, timestamp: number): boolean {
    if (packet.event !== this.#event || this.#duration < longestSegment / 2) return false;
    const ahead = ts32Diff(timestamp, this.#timestamp);
    return ahead >= this.#duration && ahead <= longestSegment + 1;
  }

  #finish(): void {
    this.#inEvent = false;
    const digit = digitOfEvent(this.#event);
    if (digit === null) return;
    this.#onDigit(digit, Math.round(((this.#earlierSegments + this.#duration) * 1000) / this.#clockRate));
  }
}
