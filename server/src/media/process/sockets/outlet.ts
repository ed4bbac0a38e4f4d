import type { Socket } from 'node:dgram';

/** Datagrams that may wait for the kernel; what comes later than they would is of no use. */
const mostWaiting = 64;

/**
 * Where the datagrams of one socket leave. Node reads a datagram's memory when the kernel takes it: mostly in the call,
 * but later where the kernel has no room, while whoever sent it writes the next one there. So what is handed over is a
 * copy, in memory that is used again once nothing waits.
 */
export class Outlet {
  readonly #socket: Socket;
  /** As long as the last datagram: those of a stream are mostly alike. */
  #copy = Buffer.alloc(0);

  /** `socket` is bound. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** False, and nothing sent, when too many wait. The packet may be written over at once; not after the close. */
  send(packet: Uint8Array, port: number, address: string): boolean {
    const waiting = this.#socket.getSendQueueCount();
    if (waiting >= mostWaiting) return false;
    if (waiting > 0) {
      this.#socket.send(Buffer.from(packet), port, address);
      return true;
    }
    if (this.#copy.length !== packet.length) this.#copy = Buffer.allocUnsafeSlow(packet.length);
    this.#copy.set(packet);
    this.#socket.send(this.#copy, port, address);
    return true;
  }
}
