/**
 * The telephone-event payload (RFC 4733 §2.3).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     event     |E|R| volume    |          duration             |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

export const telephoneEventLength = 4;

/** DTMF by event code 0 to 15 (RFC 4733 §3.2). */
const digitsByCode = '0123456789*#ABCD';

/** The digit of a DTMF event, or null for events that are none (flash, modem tones). */
export function digitOfEvent(code: number): string | null {
  return digitsByCode[code] ?? null;
}

/** The event code of a digit (letters in either case), or null. */
export function eventOfDigit(digit: string): number | null {
  const code = digitsByCode.indexOf(digit.toUpperCase());
  return digit.length === 1 && code >= 0 ? code : null;
}

/** One reusable view of a payload. */
export class TelephoneEvent {
  event = 0;
  end = false;
  /** dBm0 without its sign: 0 loud, 63 silent. */
  volume = 0;
  /** Timestamp units since the event began. */
  duration = 0;

  /**
   * False when [start, end) is too short. Bytes after the first event are ignored (RFC 4733 §2.5.1.5 is not used by
   * phones).
   */
  read(packet: Uint8Array, start: number, end: number): boolean {
    if (end - start < telephoneEventLength) return false;
    this.event = packet[start]!;
    const flags = packet[start + 1]!;
    this.end = (flags & 0x80) !== 0;
    this.volume = flags & 0x3f;
    this.duration = (packet[start + 2]! << 8) | packet[start + 3]!;
    return true;
  }
}

export function writeTelephoneEvent(
  out: Uint8Array,
  at: number,
  event: number,
  end: boolean,
  volume: number,
  duration: number,
): void {
  out[at] = event;
  out[at + 1] = (end ? 0x80 : 0) | (volume & 0x3f);
  out[at + 2] = duration >>> 8;
  out[at + 3] = duration;
}
