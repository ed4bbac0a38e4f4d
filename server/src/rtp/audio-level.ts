import type { RtpHeader } from './rtp-header.ts';

/*
 * How loud a packet is, said by who sent it (RFC 6464 §3), in a header extension (RFC 8285) of one byte per element:
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |       0xBE    |    0xDE       |           length=1            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  ID   | len=0 |V|   level     |      0 (pad)  |       0 (pad) |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * or of two (0x100 and four bits in place of 0xBEDE): ID and length in a byte each, the length as it is.
 */

const oneByteProfile = 0xbede;
const twoByteProfile = 0x1000;
/** Ends the elements of one byte (RFC 8285 §4.2). */
const stop = 15;

/**
 * dB below overload, 0 to 127, in element `id` (1 to 14) of the packet just read into `header`; -1 when there is none.
 */
export function audioLevel(packet: Uint8Array, header: RtpHeader, id: number): number {
  const { profile, extensionEnd } = header;
  const oneByte = profile === oneByteProfile;
  if (!oneByte && (profile & 0xfff0) !== twoByteProfile) return -1;
  for (let at = header.extensionStart; at < extensionEnd; ) {
    const first = packet[at]!;
    if (first === 0) {
      at++;
      continue;
    }
    const element = oneByte ? first >> 4 : first;
    if (oneByte && element === stop) return -1;
    if (!oneByte && at + 1 >= extensionEnd) return -1;
    const start = oneByte ? at + 1 : at + 2;
    const end = start + (oneByte ? (first & 0x0f) + 1 : packet[at + 1]!);
    if (element === id) return end > start && end <= extensionEnd ? packet[start]! & 0x7f : -1;
    at = end;
  }
  return -1;
}
