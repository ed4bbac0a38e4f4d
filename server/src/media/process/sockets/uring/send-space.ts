/** `struct sockaddr_in` before each packet. */
const addressBytes = 16;
/** AF_INET */
const internet = 2;

/**
 * Packets that wait for the next call, one after the other with where they go. The kernel copies them in that call;
 * then all of it is free again.
 *
 *     family (2) · port, high byte first (2) · IPv4 address (4) · zero (8) · packet, up to a multiple of 8 bytes
 */
export class SendSpace {
  readonly #address: number;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #used = 0;

  /** `length` bytes of `bytes`, which are at `address`. */
  constructor(address: number, bytes: ArrayBuffer, length: number) {
    this.#address = address;
    this.#bytes = new Uint8Array(bytes, 0, length);
    this.#words = new Uint32Array(bytes);
  }

  has(length: number): boolean {
    return this.#used + addressBytes + length <= this.#bytes.length;
  }

  /** Takes a packet for which there is room; returns where its socket address is, the packet follows. */
  put(packet: Uint8Array, port: number, host: number): number {
    const at = this.#used;
    const word = at >>> 2;
    this.#words[word] = internet | ((port >>> 8) << 16) | ((port & 0xff) << 24);
    this.#words[word + 1] = host;
    this.#bytes.set(packet, at + addressBytes);
    this.#used = (at + addressBytes + packet.length + 7) & ~7;
    return this.#address + at;
  }

  /** The kernel has taken all. */
  clear(): void {
    this.#used = 0;
  }
}

export const packetAfterAddress = addressBytes;
