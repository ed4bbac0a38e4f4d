import type { RtpHeader } from '../../../rtp/rtp-header.ts';
import type { IceRestarted, LocalMedia, RemoteMedia } from '../../channel/commands.ts';
import type { IceSide } from '../webrtc/ice-names.ts';
import type { PayloadKind } from './payload-kind.ts';

/**
 * What a transport tells its leg. Packets are whole, the peer's, and handled one at a time, to the end: nothing of them
 * is kept.
 */
export interface TransportListener {
  /** What a payload type is to the leg: what it does not know must not decide where packets go. */
  kindOf(payloadType: number): PayloadKind;
  /**
   * RTP of the accepted peer. `header` is of `packet` and good until the next; `fresh`: a stream begins, what came
   * before is another one. Without it, events whose SSRC is not that of the stream are a stream of their own beside it.
   */
  received(packet: Buffer, header: RtpHeader, fresh: boolean, nowMs: number): void;
  /** RTCP of the accepted peer; returns whether it reported on what we send. */
  receivedRtcp(packet: Buffer, nowMs: number): boolean;
}

/** Since the leg was opened. One object for the life of a transport, to be read at any time. */
export class TransportStats {
  /** Datagrams that came for RTP, whatever they were. */
  packetsIn = 0;
  /** RTP that was handed to the leg, and its bytes. */
  accepted = 0;
  bytes = 0;
  /** Dropped: no RTP, or not of the peer. */
  invalid = 0;
  foreign = 0;
  /** Not sent, since the peer has not shown that it wants them. */
  withheld = 0;
  /** When the last sign of life of the peer came, whatever it was: keep-alives need not be understood (RFC 6263 §4). */
  heardMs = 0;
  /** The peer does not answer any more, or has closed: nothing will come. */
  over = false;
  /** It has answered what the transport itself asked it. */
  answers = false;

  /** Counts on where another transport of the same leg ends. */
  goOnFrom(before: TransportStats): void {
    this.packetsIn += before.packetsIn;
    this.accepted += before.accepted;
    this.bytes += before.bytes;
    this.invalid += before.invalid;
    this.foreign += before.foreign;
    this.withheld += before.withheld;
    this.heardMs = Math.max(this.heardMs, before.heardMs);
  }
}

/**
 * How the packets of one leg travel. It alone knows of sockets, addresses and keys, and whose packets are the peer's;
 * the leg knows RTP and RTCP. Made with the leg, or when it moves, opened once, told where the peer is whenever that is
 * agreed, closed once.
 */
export interface LegTransport {
  readonly stats: TransportStats;
  /** How often a packet must leave at least, ms; Infinity where the transport sees to that itself. */
  readonly keepAliveMs: number;
  /** Receives from then on. Rejects with CommandError `exhausted`, or `failed`, also when it was closed meanwhile. */
  open(): Promise<LocalMedia>;
  /**
   * Where the peer is, null while that is unknown. Throws CommandError `invalid` for what is of another kind of
   * transport.
   */
  configure(remote: RemoteMedia | null): void;
  /** Nothing while there is nowhere to send. `packet` may be changed as soon as this returns. */
  send(packet: Uint8Array): void;
  sendRtcp(packet: Uint8Array): void;
  /** Has the peer give a sign of life, by means of the transport's own, where it has any. */
  ask?(): void;
  /**
   * Its ICE session begins anew (RFC 8445 §9), where it has one; what the browser names itself, asked again, is
   * answered as before. Rejects with CommandError `exhausted`, or `failed`; the session before goes on then.
   */
  restartIce?(theirs: IceSide): Promise<IceRestarted>;
  /** Idempotent. */
  close(): void;
}

/** Makes the transport of a leg; `ssrc` is that of what the leg sends. */
export type MakeTransport = (listener: TransportListener, ssrc: number) => LegTransport;
