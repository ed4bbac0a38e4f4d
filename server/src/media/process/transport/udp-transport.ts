import type { Clock } from '../../../base/clock.ts';
import { looksLikeRtcp, looksLikeRtp, RtpHeader } from '../../../rtp/rtp-header.ts';
import { type SrtpKeys, SrtpSession } from '../../../rtp/srtp/srtp-session.ts';
import { latched, rejected, SymmetricLatch } from '../../../rtp/symmetric-latch.ts';
import type { LocalMedia, RemoteMedia } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { DatagramPair, OpenPair } from '../sockets/datagram-pair.ts';
import { GuestBound, headerBytes } from './guest-bound.ts';
import { type LegTransport, type TransportListener, TransportStats } from './leg-transport.ts';
import { events, unknown } from './payload-kind.ts';

/** One reusable view for the whole process: packets are handled one at a time, to the end. */
const header = new RtpHeader();

export interface UdpTransportOptions {
  readonly clock: Clock;
  /** SSRCs (signed) of the legs of callers who did not log in. */
  readonly guestStreams: Set<number>;
  readonly openPair: OpenPair;
}

/**
 * RTP and RTCP over UDP, plain or protected by SRTP: where packets may come from and go to (symmetric RTP, RTCP beside
 * it or on the same port), and how much goes to a guest who may have named anybody.
 */
export class UdpTransport implements LegTransport {
  readonly stats = new TransportStats();
  /** Silence now and then, so that address bindings on the way stay open (RFC 6263: 15 s). */
  readonly keepAliveMs = 15_000;
  readonly latch = new SymmetricLatch();
  readonly #options: UdpTransportOptions;
  readonly #listener: TransportListener;
  /** Signed. What the leg sends itself: phones for tests send it back. */
  readonly #ssrc: number;
  #pair: DatagramPair | null = null;
  #closed = false;
  #rtcpPort = 0;
  #muxed = false;
  /** For a caller who did not log in. */
  #bound: GuestBound | null = null;
  /** Where keys were agreed: then nothing that is not under them comes as far as the latch. */
  #srtp: SrtpSession | null = null;

  constructor(options: UdpTransportOptions, listener: TransportListener, ssrc: number) {
    this.#options = options;
    this.#listener = listener;
    this.#ssrc = ssrc | 0;
  }

  async open(): Promise<LocalMedia> {
    const pair = await this.#options.openPair(
      (packet, address, port, nowMs) => this.receive(packet, address, port, nowMs),
      (packet, address, port, nowMs) => this.#receiveRtcp(packet, address, port, nowMs),
    );
    if (this.#closed) {
      pair.close();
      throw new CommandError('failed', 'closed while it opened');
    }
    this.attach(pair);
    return { kind: 'udp', address: pair.address, port: pair.port, rtcpPort: pair.rtcpPort };
  }

  /** What packets leave by, when it is not opened here. */
  attach(pair: DatagramPair): void {
    this.#pair = pair;
  }

  configure(remote: RemoteMedia | null): void {
    if (remote !== null && remote.kind !== 'udp') throw new CommandError('invalid', 'this leg is plain UDP');
    if (remote !== null) {
      this.#protect(remote.srtp ?? null);
      this.#bind(remote.provenHost ?? null);
    }
    this.latch.expect(remote, remote?.signalledFrom ?? null);
    this.#rtcpPort = remote === null ? 0 : (remote.rtcpPort ?? remote.port + 1);
    this.#muxed = remote !== null && remote.rtcpPort === remote.port;
  }

  send(packet: Uint8Array): void {
    const { address, port } = this.latch;
    if (port === 0) return;
    const datagram = this.#srtp === null ? packet : this.#srtp.protect(packet);
    if (datagram !== null && this.#admits(datagram.length)) this.#pair?.sendRtp(datagram, port, address);
    else this.stats.withheld++;
  }

  sendRtcp(packet: Uint8Array): void {
    const { address, port } = this.latch;
    if (port === 0 || this.#rtcpPort === 0 || this.#pair === null) return;
    const datagram = this.#srtp === null ? packet : this.#srtp.protectRtcp(packet);
    if (datagram === null || !this.#admits(datagram.length)) return;
    if (this.#muxed) this.#pair.sendRtp(datagram, port, address);
    else this.#pair.sendRtcp(datagram, this.#rtcpPort, address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#bound !== null) this.#options.guestStreams.delete(this.#ssrc);
    this.#pair?.close();
  }

  /** Takes one datagram from the RTP port. Never throws. */
  receive(datagram: Buffer, address: string, port: number, nowMs: number): void {
    const { stats, latch } = this;
    stats.packetsIn++;
    const packet = this.#srtp === null ? datagram : this.#unprotected(this.#srtp, datagram, address, nowMs);
    if (packet === null) return;
    if (!header.read(packet)) {
      // Where RTP has a number of sources, feedback by RTCP has its kind.
      if (looksLikeRtcp(packet) && address === latch.address) this.#takeRtcp(packet, nowMs);
      else this.#notRtp(address, nowMs);
      return;
    }
    const { ssrc } = header;
    if (this.#bound !== null && this.#isGuest(ssrc) && !latch.isSource(address, port, ssrc)) {
      stats.foreign++;
      return;
    }
    const kind = this.#listener.kindOf(header.payloadType);
    if (kind === unknown && looksLikeRtcp(packet)) {
      if (address === latch.address) this.#takeRtcp(packet, nowMs);
      else stats.invalid++;
      return;
    }
    if (kind === unknown && !latch.isSource(address, port, ssrc)) {
      this.#notRtp(address, nowMs);
      return;
    }
    let fresh = false;
    if (kind !== events || !latch.isOtherStream(address, port, ssrc)) {
      const verdict = latch.judge(address, port, ssrc, header.sequence, header.timestamp, nowMs);
      if (verdict === rejected) {
        stats.foreign++;
        if (latch.isHost(address)) stats.heardMs = Math.floor(nowMs);
        return;
      }
      fresh = verdict === latched;
    }
    stats.heardMs = Math.floor(nowMs);
    stats.accepted++;
    stats.bytes += packet.length;
    this.#listener.received(packet, header, fresh, nowMs);
  }

  /**
   * Null for what is dropped: forged, come before, or no RTP. To find that a tag is wrong costs more than to receive
   * the packet: of what cannot be the peer's it is not computed.
   */
  #unprotected(srtp: SrtpSession, datagram: Buffer, address: string, nowMs: number): Buffer | null {
    if (looksLikeRtp(datagram) && !this.latch.mayBe(address, datagram.readInt32BE(8), nowMs)) {
      this.stats.foreign++;
      return null;
    }
    const packet = looksLikeRtcp(datagram) ? srtp.unprotectRtcp(datagram) : srtp.unprotect(datagram);
    if (packet === null) {
      if (looksLikeRtp(datagram)) this.stats.foreign++;
      else this.#notRtp(address, nowMs);
    }
    return packet;
  }

  #receiveRtcp(datagram: Buffer, address: string, port: number, nowMs: number): void {
    // Only the host that media comes from may report; its port may be another than signalled (NAT).
    if (address !== this.latch.address) return;
    const packet = this.#srtp === null ? datagram : this.#srtp.unprotectRtcp(datagram);
    if (packet === null) return;
    if (this.latch.isLatched) this.#rtcpPort = port;
    this.#takeRtcp(packet, nowMs);
  }

  #takeRtcp(packet: Buffer, nowMs: number): void {
    if (this.#listener.receivedRtcp(packet, nowMs)) this.#bound?.reported(this.latch.address);
  }

  /**
   * Not for us to understand, but a sign of life when it comes from the peer: an empty datagram, STUN, a number we did
   * not agree on.
   */
  #notRtp(address: string, nowMs: number): void {
    this.stats.invalid++;
    if (this.latch.isHost(address)) this.stats.heardMs = Math.floor(nowMs);
  }

  /** Two legs of guests that hear each other's streams would feed each other for ever. */
  #isGuest(ssrc: number): boolean {
    return ssrc !== this.#ssrc && this.#options.guestStreams.has(ssrc);
  }

  /** A guest stays one, and what was proven stays proven, whatever else is agreed. */
  #bind(provenHost: string | null): void {
    if (provenHost === null || this.#bound?.provenHost === provenHost) return;
    this.#bound = new GuestBound(provenHost);
    this.#options.guestStreams.add(this.#ssrc);
  }

  #protect(keys: SrtpKeys | null): void {
    try {
      if (keys === null) this.#srtp = null;
      else if (this.#srtp === null) this.#srtp = new SrtpSession(keys, this.#ssrc);
      else this.#srtp.agree(keys);
    } catch (error) {
      // The key itself is nothing to be told.
      if (error instanceof RangeError) throw new CommandError('invalid', error.message);
      throw error;
    }
  }

  #admits(bytes: number): boolean {
    if (this.#bound === null) return true;
    const came = this.stats.bytes + headerBytes * this.stats.accepted;
    return this.#bound.admits(this.latch.address, bytes, came);
  }
}
