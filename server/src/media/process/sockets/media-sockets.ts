import type { Clock } from '../../../base/clock.ts';
import type { DatagramPair, PacketListener } from './datagram-pair.ts';
import type { PortPool } from './port-pool.ts';

export type SocketsKind = 'uring' | 'dgram';

/** What went wrong between us and the kernel, since the start; none of it ends anything. */
export interface SocketFaults {
  /** Datagrams that could not be sent: refused by the kernel, or no room for them. */
  unsent: number;
  /** Datagrams larger than any that media has. */
  tooLong: number;
  /** Times that there was no buffer for what came; it waits in its socket, and is read a moment later. */
  noBuffer: number;
  /** Times that the queue of what came, or of what is to be done, was full. */
  full: number;
  /** Times that the kernel could not take what was to be done. */
  refused: number;
  /** Receiving ended with an error, and was begun anew. */
  restarted: number;
  /** What the kernel told us that cannot be: of no socket of ours, or of a buffer that it does not have. */
  impossible: number;
}

export function noFaults(): SocketFaults {
  return { unsent: 0, tooLong: 0, noBuffer: 0, full: 0, refused: 0, restarted: 0, impossible: 0 };
}

/** How the datagrams of a media process get through the kernel. */
export interface MediaSockets {
  readonly kind: SocketsKind;
  readonly faults: Readonly<SocketFaults>;
  /**
   * A pair from the pool, bound to an IP address of this machine; it goes back there when it is closed. Rejects with
   * CommandError `exhausted` when there is none, `failed` on an address that is not ours.
   */
  open(bind: string, ports: PortPool, onRtp: PacketListener, onRtcp: PacketListener): Promise<DatagramPair>;
  /** Whether there are ticks now: without them what has come is looked for now and then. */
  ticking: boolean;
  /** What has come is handed over, no more of it than a tick can wait for. */
  beforeTick(nowMs: number): void;
  /** What was sent leaves at once, and not when it is looked for what has come. */
  flush(): void;
  /** Closes what is open. Idempotent. */
  close(): void;
}

/** `beforePacket` is called before what has come is handed over: a tick that is due goes first. */
export type MakeSockets = (clock: Clock, beforePacket: (nowMs: number) => void) => MediaSockets;
