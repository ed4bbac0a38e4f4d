import { seq16Diff } from '../../../base/serial.ts';
import { DigitReceiver } from '../../../rtp/digit-receiver.ts';
import type { RtpHeader } from '../../../rtp/rtp-header.ts';
import type { TelephoneEvent } from '../../../rtp/telephone-event.ts';

/** Packets of a press come this close together in numbering, lost ones and those of other sound included. */
const closePackets = 20;

/**
 * A leg's keys. Most phones send them in their sound's own stream (RFC 4733 §2.2.1); some in one of its own, with
 * another SSRC and numbering from the same address and port, while their sound goes on. Such a stream is believed from
 * the second packet on that goes on from the one before: a single one may have lost its way. One at a time, so that
 * memory stays bounded.
 */
export class LegDigits {
  readonly #within: DigitReceiver;
  readonly #apart: DigitReceiver;
  #apartSsrc = 0;
  #apartKnown = false;
  /** Who is on probation: SSRC, number and key of its last packet. */
  #newSsrc = 0;
  #newSequence = 0;
  #newEvent = -1;

  constructor(onDigit: (digit: string, durationMs: number) => void) {
    this.#within = new DigitReceiver(8000, onDigit);
    this.#apart = new DigitReceiver(8000, onDigit);
  }

  get inEvent(): boolean {
    return this.#within.inEvent || this.#apart.inEvent;
  }

  /** A packet in the stream of the leg's sound; `clockRate` is that of its payload type. */
  receive(event: TelephoneEvent, header: RtpHeader, clockRate: number, nowMs: number): void {
    this.#within.clockRate = clockRate;
    this.#within.receive(event, header.sequence, header.timestamp, header.marker, nowMs);
  }

  /** A packet from the leg's source with another SSRC than its sound. */
  receiveApart(event: TelephoneEvent, header: RtpHeader, clockRate: number, nowMs: number): void {
    const { ssrc, sequence } = header;
    if (!this.#apartKnown || ssrc !== this.#apartSsrc) {
      const ahead = seq16Diff(sequence, this.#newSequence);
      const follows = ssrc === this.#newSsrc && event.event === this.#newEvent && ahead > 0 && ahead <= closePackets;
      this.#newSsrc = ssrc;
      this.#newSequence = sequence;
      this.#newEvent = event.event;
      if (!follows) return;
      this.#apart.reset();
      this.#apartKnown = true;
      this.#apartSsrc = ssrc;
    }
    this.#apart.clockRate = clockRate;
    this.#apart.receive(event, sequence, header.timestamp, header.marker, nowMs);
  }

  /** Ends what lost its end; call it now and then. */
  expire(nowMs: number): void {
    this.#within.expire(nowMs);
    this.#apart.expire(nowMs);
  }

  /** The leg's sound is another stream now. Keys of their own stream have nothing to do with that. */
  reset(): void {
    this.#within.reset();
  }
}
