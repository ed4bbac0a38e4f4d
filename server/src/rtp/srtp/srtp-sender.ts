import { sessionKeys } from './key-derivation.ts';
import { KeyStream } from './key-stream.ts';
import { longestPacket, PacketTag, tagSpace } from './packet-tag.ts';
import { rtcpTag, type SrtpSuiteName, srtpSuites } from './srtp-suite.ts';

/** One for the whole process, good until the next packet. */
const space = tagSpace();
const work = space.packet;

/**
 * Protects one outgoing stream and its RTCP under one master key (RFC 3711). The stream has one SSRC for life, and its
 * sequence numbers are never used again: that is what keeps two packets from having the same key stream.
 *
 *     RTP    header │ payload, encrypted │ tag                of header, payload and rollover counter
 *     RTCP   8 octets │ the rest, encrypted │ E and index │ tag   of all before it
 */
export class SrtpSender {
  readonly #ssrc: number;
  readonly #tagBytes: number;
  readonly #stream: KeyStream;
  readonly #tag: PacketTag;
  readonly #rtcpStream: KeyStream;
  readonly #rtcpTag: PacketTag;
  #rollovers = 0;
  #sequence = -1;
  #rtcpIndex = 0;

  /** `ssrc` signed. */
  constructor(suite: SrtpSuiteName, master: Buffer, ssrc: number) {
    const rtp = sessionKeys(suite, master, 'rtp');
    const rtcp = sessionKeys(suite, master, 'rtcp');
    this.#ssrc = ssrc;
    this.#tagBytes = srtpSuites[suite].tag;
    this.#stream = new KeyStream(rtp);
    this.#tag = new PacketTag(rtp.authentication);
    this.#rtcpStream = new KeyStream(rtcp);
    this.#rtcpTag = new PacketTag(rtcp.authentication);
  }

  /** An RTP packet of ours without CSRC and extension; null for one that is too long. Good until the next. */
  protect(packet: Uint8Array): Buffer | null {
    const { length } = packet;
    if (length > longestPacket) return null;
    work.set(packet);
    const sequence = (packet[2]! << 8) | packet[3]!;
    // They only grow, so a smaller one has begun anew.
    if (sequence < this.#sequence) this.#rollovers = (this.#rollovers + 1) >>> 0;
    this.#sequence = sequence;
    this.#stream.apply(work, 12, length, this.#ssrc, this.#rollovers * 0x1_0000 + sequence);
    work.writeUInt32BE(this.#rollovers, length);
    this.#tag.of(space, length + 4).copy(work, length, 0, this.#tagBytes);
    return work.subarray(0, length + this.#tagBytes);
  }

  /** A compound RTCP packet; null for one that is too long. Good until the next. */
  protectRtcp(packet: Uint8Array): Buffer | null {
    const { length } = packet;
    if (length > longestPacket) return null;
    work.set(packet);
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (index + 1) % 0x8000_0000;
    this.#rtcpStream.apply(work, 8, length, work.readInt32BE(4), index);
    work.writeUInt32BE(index + 0x8000_0000, length);
    this.#rtcpTag.of(space, length + 4).copy(work, length + 4, 0, rtcpTag);
    return work.subarray(0, length + 4 + rtcpTag);
  }
}
