import type { DatagramPair } from '../datagram-pair.ts';
import type { UringSocket } from './uring-socket.ts';

/** What all pairs of a ring have in common. */
export interface PairRing {
  send(socket: UringSocket, packet: Uint8Array, port: number, address: string): void;
  end(pair: UringPair): void;
}

/** Two places of a ring. Its sending is a short way: each object on it is one more that is not in the caches. */
export class UringPair implements DatagramPair {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly rtp: UringSocket;
  readonly rtcp: UringSocket;
  readonly #ring: PairRing;
  #closed = false;

  constructor(address: string, port: number, rtp: UringSocket, rtcp: UringSocket, ring: PairRing) {
    this.address = address;
    this.port = port;
    this.rtcpPort = port + 1;
    this.rtp = rtp;
    this.rtcp = rtcp;
    this.#ring = ring;
  }

  sendRtp(packet: Uint8Array, port: number, address: string): void {
    this.#ring.send(this.rtp, packet, port, address);
  }

  sendRtcp(packet: Uint8Array, port: number, address: string): void {
    this.#ring.send(this.rtcp, packet, port, address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ring.end(this);
  }
}
