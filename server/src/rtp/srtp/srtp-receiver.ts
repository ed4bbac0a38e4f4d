import { RecentMap } from '../../base/recent-map.ts';
import { sessionKeys } from './key-derivation.ts';
import { KeyStream } from './key-stream.ts';
import { indexNear } from './packet-index.ts';
import { longestPacket, PacketTag, tagSpace } from './packet-tag.ts';
import { ReplayWindow } from './replay-window.ts';
import { rtcpTag, type SrtpSuiteName, srtpSuites } from './srtp-suite.ts';

const rtpHeader = 12;
const rtcpHeader = 8;
/** SSRCs of one peer: its sound, digits beside it, and those before them. */
const mostStreams = 4;

/** One for the whole process, good until the next packet. */
const space = tagSpace();
const work = space.packet;

/**
 * Takes protected RTP and RTCP of one peer under one master key (RFC 3711 §3.3). Nothing is kept of a packet, and
 * nothing changes by it, before its tag was found to be right. Packets come back without what protected them, good
 * until the next; null: forged, come before, or no such packet.
 */
export class SrtpReceiver {
  readonly #tagBytes: number;
  readonly #stream: KeyStream;
  readonly #tag: PacketTag;
  readonly #rtcpStream: KeyStream;
  readonly #rtcpTag: PacketTag;
  readonly #windows = new StreamWindows();
  readonly #rtcpWindows = new StreamWindows();
  /** How far the streams of the peer had come under keys before these, by SSRC. */
  readonly #cameTo: RecentMap<number, number>;

  /** `before`: under the keys that these take the place of. */
  constructor(suite: SrtpSuiteName, master: Buffer, before: SrtpReceiver | null = null) {
    const rtp = sessionKeys(suite, master, 'rtp');
    const rtcp = sessionKeys(suite, master, 'rtcp');
    this.#tagBytes = srtpSuites[suite].tag;
    this.#stream = new KeyStream(rtp);
    this.#tag = new PacketTag(rtp.authentication);
    this.#rtcpStream = new KeyStream(rtcp);
    this.#rtcpTag = new PacketTag(rtcp.authentication);
    this.#cameTo = before?.counts() ?? new RecentMap(mostStreams);
  }

  /** How far each stream has come. */
  counts(): RecentMap<number, number> {
    const counts = new RecentMap<number, number>(mostStreams);
    for (const [ssrc, highest] of this.#cameTo) counts.set(ssrc, highest);
    for (const [ssrc, highest] of this.#windows.highest()) counts.set(ssrc, highest);
    return counts;
  }

  unprotect(packet: Uint8Array): Buffer | null {
    const length = packet.length - this.#tagBytes;
    if (length < rtpHeader || length > longestPacket || packet[0]! >>> 6 !== 2) return null;
    const start = payloadStart(packet, length);
    if (start > length) return null;
    const ssrc = int32(packet, 8);
    const window = this.#windows.get(ssrc);
    const index = this.#indexOf(packet, length, (packet[2]! << 8) | packet[3]!, window);
    if (index < 0) return null;
    this.#windows.accept(ssrc, window, index);
    this.#stream.apply(work, start, length, ssrc, index);
    return work.subarray(0, length);
  }

  unprotectRtcp(packet: Uint8Array): Buffer | null {
    const length = packet.length - 4 - rtcpTag;
    if (length < rtcpHeader || length > longestPacket || packet[0]! >>> 6 !== 2) return null;
    const word = int32(packet, length);
    const index = word & 0x7fff_ffff;
    const ssrc = int32(packet, 4);
    const window = this.#rtcpWindows.get(ssrc);
    if (window?.isNew(index) === false) return null;
    work.set(packet);
    if (!same(this.#rtcpTag.of(space, length + 4), packet, length + 4, rtcpTag)) return null;
    this.#rtcpWindows.accept(ssrc, window, index);
    // E: what is not encrypted may come too, its tag is right.
    if (word < 0) this.#rtcpStream.apply(work, rtcpHeader, length, ssrc, index);
    return work.subarray(0, length);
  }

  /**
   * The index of a packet whose tag is right and that has not come before; else negative. It is in `work` then. Of a
   * stream that is not known yet the first packets may be lost, among them that before the sequence numbers began anew.
   * Under another key some count on (RFC 3711 §3.3.1), others begin anew (RFC 4568 §7.1.4).
   */
  #indexOf(packet: Uint8Array, length: number, sequence: number, window: ReplayWindow | undefined): number {
    if (window === undefined) {
      if (this.#isRight(packet, length, 0)) return sequence;
      if (sequence < 0x8000 && this.#isRight(packet, length, 1)) return 0x1_0000 + sequence;
      const before = this.#cameTo.get(int32(packet, 8));
      return before === undefined ? -1 : this.#right(packet, length, indexNear(before, sequence));
    }
    const index = indexNear(window.highest, sequence);
    return index >= 0 && window.isNew(index) ? this.#right(packet, length, index) : -1;
  }

  #right(packet: Uint8Array, length: number, index: number): number {
    return index >= 0 && this.#isRight(packet, length, Math.floor(index / 0x1_0000)) ? index : -1;
  }

  #isRight(packet: Uint8Array, length: number, rollovers: number): boolean {
    work.set(packet);
    work.writeUInt32BE(rollovers >>> 0, length);
    return same(this.#tag.of(space, length + 4), packet, length, this.#tagBytes);
  }
}

/** In a time that depends on none of the octets. */
function same(tag: Uint8Array, packet: Uint8Array, at: number, count: number): boolean {
  let differing = 0;
  for (let octet = 0; octet < count; octet++) differing |= tag[octet]! ^ packet[at + octet]!;
  return differing === 0;
}

/** Behind CSRCs and the header extension, which are not encrypted. */
function payloadStart(packet: Uint8Array, length: number): number {
  const first = packet[0]!;
  const start = rtpHeader + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return start;
  return start + 4 > length ? length + 1 : start + 4 + ((packet[start + 2]! << 8) | packet[start + 3]!) * 4;
}

function int32(packet: Uint8Array, at: number): number {
  return (packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!;
}

/** By SSRC, signed. Of too many the one not heard for longest gives way: keys must not cost the sound its count. */
class StreamWindows {
  readonly #windows = new RecentMap<number, ReplayWindow>(mostStreams);
  #latest: ReplayWindow | null = null;

  get(ssrc: number): ReplayWindow | undefined {
    return this.#windows.get(ssrc);
  }

  accept(ssrc: number, known: ReplayWindow | undefined, index: number): void {
    const window = known ?? new ReplayWindow();
    window.accept(index);
    if (window === this.#latest) return;
    this.#latest = window;
    this.#windows.set(ssrc, window);
  }

  /** By SSRC, the longest not heard first. */
  *highest(): Generator<[ssrc: number, index: number]> {
    for (const [ssrc, { highest }] of this.#windows) yield [ssrc, highest];
  }
}
