import { rtpHeaderLength } from './rtp-header.ts';

/*
 * Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): a packet has a number in a header
 * extension (RFC 8285, one byte per element), and whoever gets such packets reports their arrival by RTCP (RFC 4585)
 * within a quarter of a second, also one that sends nothing else.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |       0xBE    |    0xDE       |           length=1            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  ID   | len=1 |   transport-wide number       |    0 (pad)    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

const extensionLength = 8;
const hasExtension = 0x10;
const transportLayerFeedback = 205;
const transportWide = 15;
/** Of the first byte: version and format; what is between says whether there is padding. */
const versionAndFormat = 0xdf;

/** A copy of a packet that has the bare header of 12 bytes, with its number in element `id` (1 to 14). */
export function numbered(packet: Uint8Array, id: number, number: number): Buffer {
  const out = Buffer.alloc(packet.length + extensionLength);
  out.set(packet.subarray(0, rtpHeaderLength));
  out[0] = packet[0]! | hasExtension;
  out.set([0xbe, 0xde, 0, 1, (id << 4) | 1, number >>> 8, number & 0xff, 0], rtpHeaderLength);
  out.set(packet.subarray(rtpHeaderLength), rtpHeaderLength + extensionLength);
  return out;
}

/** Whether RTCP begins with such a report: they come alone (RFC 5506). */
export function isTransportFeedback(packet: Uint8Array): boolean {
  return (
    packet.length >= 20 &&
    (packet[0]! & versionAndFormat) === (0x80 | transportWide) &&
    packet[1] === transportLayerFeedback
  );
}
