import { seq16Diff, ts32Diff } from '../base/serial.ts';
import { digitOfEvent, type TelephoneEvent } from './telephone-event.ts';

/** A digit whose packets stop without an end bit is over after this long: all three end packets were lost. */
const lostEndMs = 120;
/** An event longer than the 16-bit duration goes on in a new segment with a new timestamp (RFC 4733 §2.5.1.3). */
const longestSegment = 0xffff;
/**
 * A packet older than the newest by no more than this came late (RFC 3550 A.1 MAX_MISORDER); by more: the sender counts
 * anew.
 */
const mostMisorder = 100;
/**
 * Between two presses of one key lie a pause and a press of 40 ms each at least (RFC 4733 §2.5.1.4); half of that is
 * jitter.
 */
const betweenPressesMs = 60;
/** Packets of a press that is over may still come this much later; its very next packet however late. */
const longestHoldUpMs = 1000;
/**
 * What comes so long after the last packet of a key is neither a copy nor late: meanwhile the numbers of the sound may
 * have gone round, or half of it.
 */
const forgottenMs = 10_000;
/** An end that claims to be later than it can have come by more than this has a timestamp that means nothing. */
const lateEndSlackMs = 1000;

/** Called once per digit pressed. */
export type DigitListener = (digit: string, durationMs: number) => void;

/**
 * Telephone-event packets of one source → digits, each once (RFC 4733 §2.5.2). The sequence number says what is new,
 * for many senders' timestamps say nothing: one for all their keys, one for every packet, a clock set back or forth.
 * What is not newer is a copy or late. The end is the first packet with the end bit, the next press, or silence (call
 * `expire` now and then).
 *
 * States: idle · inEvent · told (over without an end bit; its packets may only have been held up).
 *
 *     idle     repeated end                → idle
 *     idle     any other                   → inEvent (reported at once when the end bit is set: the rest was lost)
 *     inEvent  same press, no end          → inEvent (longer)
 *     inEvent  same press, end             → idle    (report)
 *     inEvent  another press               → report, then as in idle
 *     inEvent  nothing for 120 ms          → told    (report)
 *     told     same press, no end          → told
 *     told     same press, end             → idle
 *     told     another press               → as in idle
 */
export class DigitReceiver {
  readonly #onDigit: DigitListener;
  /** Units per millisecond. */
  #unitsPerMs: number;
  #state: 'idle' | 'inEvent' | 'told' = 'idle';
  #known = false;
  #event = 0;
  #sequence = 0;
  /** Where a sender that seems to count anew has got to; -1 when none does. */
  #anew = -1;
  #timestamp = 0;
  #duration = 0;
  #earlierSegments = 0;
  #heardMs = 0;

  constructor(clockRate: number, onDigit: DigitListener) {
    this.#unitsPerMs = clockRate / 1000;
    this.#onDigit = onDigit;
  }

  /** Of the durations to come, Hz. */
  set clockRate(hz: number) {
    this.#unitsPerMs = hz / 1000;
  }

  get inEvent(): boolean {
    return this.#state === 'inEvent';
  }

  /** Takes one parsed packet with the sequence number, RTP timestamp and marker of its header. */
  receive(packet: TelephoneEvent, sequence: number, timestamp: number, marker: boolean, nowMs: number): void {
    if (this.#known && !this.#isNewer(sequence, nowMs)) return;
    // Nothing was sent between the two, so no other press either.
    const isNext = seq16Diff(sequence, this.#sequence) === 1 && timestamp === this.#timestamp;
    this.#sequence = sequence;
    const mayGoOn = this.#state === 'inEvent' || isNext || nowMs - this.#heardMs < longestHoldUpMs;
    const goesOn =
      this.#known && mayGoOn && packet.event === this.#event && this.#isSamePress(packet, timestamp, marker, nowMs);
    if (goesOn) this.#goOn(packet, timestamp, nowMs);
    else this.#begin(packet, timestamp, nowMs);
  }

  /** Ends an event whose end was lost. */
  expire(nowMs: number): void {
    if (this.#state === 'inEvent' && nowMs - this.#heardMs >= lostEndMs) this.#report('told');
  }

  /** Forgets everything: the source is another one now. An unfinished digit is reported. */
  reset(): void {
    if (this.#state === 'inEvent') this.#report('idle');
    this.#state = 'idle';
    this.#known = false;
    this.#anew = -1;
  }

  #isNewer(sequence: number, nowMs: number): boolean {
    const ahead = seq16Diff(sequence, this.#sequence);
    if (ahead > 0 || nowMs - this.#heardMs >= forgottenMs) {
      this.#anew = -1;
      return true;
    }
    if (ahead >= -mostMisorder) return false;
    // One such packet has lost its way; a second that goes on from it shows that the sender counts anew.
    const step = this.#anew < 0 ? 0 : seq16Diff(sequence, this.#anew);
    const counts = step > 0 && step <= mostMisorder;
    this.#anew = counts ? -1 : sequence;
    return counts;
  }

  #begin(packet: TelephoneEvent, timestamp: number, nowMs: number): void {
    if (this.#state === 'inEvent') this.#report('idle');
    this.#known = true;
    this.#state = 'inEvent';
    this.#event = packet.event;
    this.#timestamp = timestamp;
    this.#duration = packet.duration;
    this.#earlierSegments = 0;
    this.#heardMs = nowMs;
    if (packet.end) this.#report('idle');
  }

  #goOn(packet: TelephoneEvent, timestamp: number, nowMs: number): void {
    const { event, duration, end } = packet;
    if (this.#isNextSegment(event, duration, timestamp)) {
      this.#earlierSegments += this.#duration;
      this.#duration = duration;
    } else if (duration > this.#duration) this.#duration = duration;
    this.#timestamp = timestamp;
    this.#heardMs = nowMs;
    if (!end) return;
    if (this.#state === 'inEvent') this.#report('idle');
    else this.#state = 'idle';
  }

  /** Whether a newer packet of the same key belongs to the press known, not to the next one. */
  #isSamePress(packet: TelephoneEvent, timestamp: number, marker: boolean, nowMs: number): boolean {
    const { duration, end } = packet;
    const sinceMs = nowMs - this.#heardMs;
    const grown = duration - this.#duration;
    const ahead = ts32Diff(timestamp, this.#timestamp);
    if (this.#state === 'idle') return end && (ahead === 0 || this.#isSameEnd(ahead, grown, sinceMs));
    if (this.#isNextSegment(packet.event, duration, timestamp)) return true;
    if (ahead === 0) {
      // A marker begins a press, but some send the first packet three times with it.
      if (marker && grown <= 0 && sinceMs >= betweenPressesMs) return false;
      return end || grown >= 0 || this.#duration > longestSegment / 2;
    }
    // The timestamp moves with every packet: one press as long as it grows while time goes by.
    const grows = grown > 0 || (!marker && (end || grown === 0));
    return grows && sinceMs - Math.max(0, grown) / this.#unitsPerMs < betweenPressesMs;
  }

  /**
   * Whether an end after the end, with another timestamp, only repeats it: a press cannot begin before the one before
   * is over. Else it is all that came of the next press, unless its timestamp puts it where it cannot be.
   */
  #isSameEnd(ahead: number, grown: number, sinceMs: number): boolean {
    if (ahead > 0 && ahead < this.#duration) return true;
    if (sinceMs >= betweenPressesMs) return false;
    return ahead < 0 || (ahead + grown) / this.#unitsPerMs - sinceMs > lateEndSlackMs;
  }

  #isNextSegment(event: number, duration: number, timestamp: number): boolean {
    if (event !== this.#event || this.#duration < longestSegment / 2 || duration >= this.#duration) return false;
    const ahead = ts32Diff(timestamp, this.#timestamp);
    return ahead >= this.#duration && ahead <= longestSegment + 1;
  }

  #report(next: 'idle' | 'told'): void {
    this.#state = next;
    const digit = digitOfEvent(this.#event);
    if (digit === null) return;
    this.#onDigit(digit, Math.round((this.#earlierSegments + this.#duration) / this.#unitsPerMs));
  }
}
