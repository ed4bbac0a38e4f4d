/**
 * The RTP fixed header (RFC 3550 §5.1), read in place from the receive buffer.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           timestamp                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           synchronization source (SSRC) identifier            |
 *     +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *     |            contributing source (CSRC) identifiers             |
 *     |                             ....                              |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  profile / extension id       |   length (32-bit words)       |  when X
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

export const rtpHeaderLength = 12;

/** One reusable view; what it holds is valid until the next `read`. */
export class RtpHeader {
  marker = false;
  payloadType = 0;
  sequence = 0;
  /**
   * Timestamp and SSRC as signed 32-bit integers, which cost nothing to keep (`>>> 0` gives the number on the wire).
   */
  timestamp = 0;
  ssrc = 0;
  /** The payload is [payloadStart, payloadEnd) of the packet read, padding and extension excluded. */
  payloadStart = 0;
  payloadEnd = 0;
  /** What the header extension says of itself (RFC 3550 §5.3.1), and where its data are; all 0 without one. */
  profile = 0;
  extensionStart = 0;
  extensionEnd = 0;

  /** False when `packet` is not a whole RTP packet; the fields are then meaningless. Never throws. */
  read(packet: Uint8Array): boolean {
    const length = packet.length;
    if (length < rtpHeaderLength) return false;
    const first = packet[0]!;
    if (first >>> 6 !== 2) return false;
    const second = packet[1]!;
    this.marker = second >= 0x80;
    this.payloadType = second & 0x7f;
    this.sequence = (packet[2]! << 8) | packet[3]!;
    this.timestamp = (packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!;
    this.ssrc = (packet[8]! << 24) | (packet[9]! << 16) | (packet[10]! << 8) | packet[11]!;
    this.payloadStart = rtpHeaderLength;
    this.payloadEnd = length;
    this.profile = this.extensionStart = this.extensionEnd = 0;
    return first === 0x80 || this.#readVariableParts(packet, first);
  }

  #readVariableParts(packet: Uint8Array, first: number): boolean {
    let start = rtpHeaderLength + (first & 0x0f) * 4;
    let end = packet.length;
    if ((first & 0x10) !== 0) {
      if (start + 4 > end) return false;
      this.profile = (packet[start]! << 8) | packet[start + 1]!;
      this.extensionStart = start + 4;
      start += 4 + ((packet[start + 2]! << 8) | packet[start + 3]!) * 4;
      this.extensionEnd = start;
    }
    if ((first & 0x20) !== 0) {
      const padding = packet[end - 1]!;
      if (padding === 0) return false;
      end -= padding;
    }
    if (start > end) return false;
    this.payloadStart = start;
    this.payloadEnd = end;
    return true;
  }
}

/** Of a version that is ours, and long enough, whatever follows: of what is encrypted no more can be told. */
export function looksLikeRtp(packet: Uint8Array): boolean {
  return packet.length >= rtpHeaderLength && packet[0]! >>> 6 === 2;
}

/** RTCP that shares the RTP port (RFC 5761 §4): packet types 192 to 223 where RTP has marker and payload type. */
export function looksLikeRtcp(packet: Uint8Array): boolean {
  return packet.length >= 8 && packet[0]! >>> 6 === 2 && packet[1]! >= 192 && packet[1]! <= 223;
}

/** Writes the 12 bytes of a header without CSRC, extension or padding at `at`. */
export function writeRtpHeader(
  out: Uint8Array,
  at: number,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  out[at] = 0x80;
  out[at + 1] = marker ? payloadType | 0x80 : payloadType;
  out[at + 2] = sequence >>> 8;
  out[at + 3] = sequence;
  out[at + 4] = timestamp >>> 24;
  out[at + 5] = timestamp >>> 16;
  out[at + 6] = timestamp >>> 8;
  out[at + 7] = timestamp;
  out[at + 8] = ssrc >>> 24;
  out[at + 9] = ssrc >>> 16;
  out[at + 10] = ssrc >>> 8;
  out[at + 11] = ssrc;
}
