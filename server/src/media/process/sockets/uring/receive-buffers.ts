/**
 * What a message says beside itself when SO_TIMESTAMPNS is set: its bytes, and its type, which is the option's number.
 */
export const receivedStamp = { bytes: 32, type: 35 };

/**
 * More than the largest packet (20 ms of L16 at 48 kHz: 1932). A whole number of cache lines, and odd: neighbours do
 * not fall on the same places of the cache.
 */
export const bufferBytes = 35 * 64;
/**
 * `struct io_uring_recvmsg_out`, then the source (`sockaddr_in`), then when it came (`struct cmsghdr` with a
 * `timespec`), then the datagram.
 */
const sourceAt = 16;
const stampAt = 32;
const stampBytes = receivedStamp.bytes;
const packetAt = stampAt + stampBytes;
/** MSG_TRUNC */
const truncated = 0x20;

/** Bytes of an entry of the ring of buffers (`struct io_uring_buf`); its tail lies in the last two of the first. */
export const bufferEntryBytes = 16;
const tailAt = 7;

/**
 * The buffers that datagrams are received into. Each is the kernel's or ours, and which is remembered here: nothing
 * that the kernel says can have one given out twice.
 *
 *     the kernel's   claim (it says that it has filled it)   → ours
 *     ours           giveBack                                → the kernel's
 */
export class ReceiveBuffers {
  readonly #bytes: ArrayBuffer;
  readonly #address: number;
  readonly #count: number;
  readonly #words: Uint32Array;
  readonly #ring: Uint32Array;
  readonly #ringHalves: Uint16Array;
  readonly #kernels: Uint8Array;
  /** By buffer: the datagram that it held last, seen again when the next is as long. */
  readonly #views: Buffer[] = [];
  #tail = 0;

  /** `count` buffers (a power of two) at `address`, seen as `bytes`; `ring` is where the kernel looks for them. */
  constructor(count: number, address: number, bytes: ArrayBuffer, ring: ArrayBuffer) {
    this.#count = count;
    this.#address = address;
    this.#bytes = bytes;
    this.#words = new Uint32Array(bytes);
    this.#ring = new Uint32Array(ring);
    this.#ringHalves = new Uint16Array(ring);
    this.#kernels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      this.#views.push(Buffer.from(bytes, i * bufferBytes + packetAt, 172));
      this.giveBack(i);
    }
    this.publish();
  }

  /** How many the kernel has, or will have at the next `publish`. */
  get free(): number {
    return this.#kernels.reduce((sum, one) => sum + one, 0);
  }

  /** The kernel says that it has filled this one; false when it did not have it. */
  claim(index: number): boolean {
    if (index >= this.#count || this.#kernels[index] === 0) return false;
    this.#kernels[index] = 0;
    return true;
  }

  /** A buffer that was claimed, seen by the kernel from the next `publish` on. */
  giveBack(index: number): void {
    this.#kernels[index] = 1;
    const at = (this.#tail & (this.#count - 1)) * (bufferEntryBytes / 4);
    const address = this.#address + index * bufferBytes;
    this.#ring[at] = address;
    this.#ring[at + 1] = address / 0x1_0000_0000;
    this.#ring[at + 2] = bufferBytes;
    this.#ringHalves[2 * at + 6] = index;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  publish(): void {
    Atomics.store(this.#ringHalves, tailAt, this.#tail);
  }

  /** The datagram in a claimed buffer, of which the kernel wrote `written` bytes; null when it is not whole. */
  packet(index: number, written: number): Buffer | null {
    const length = written - packetAt;
    const at = (index * bufferBytes) / 4;
    if (length < 0 || written > bufferBytes || this.#words[at + 2] !== length) return null;
    if ((this.#words[at + 3]! & truncated) !== 0) return null;
    const known = this.#views[index]!;
    if (known.length === length) return known;
    const view = Buffer.from(this.#bytes, index * bufferBytes + packetAt, length);
    this.#views[index] = view;
    return view;
  }

  /** Where it came from: the IPv4 address as it lies in memory. */
  sourceAddress(index: number): number {
    return this.#words[(index * bufferBytes + sourceAt) / 4 + 1]! | 0;
  }

  /** When the kernel got it, ms on the system's clock; NaN when it does not say. */
  receivedMs(index: number): number {
    const words = this.#words;
    const at = (index * bufferBytes) / 4;
    if (words[at + 1] !== stampBytes || words[at + stampAt / 4 + 3] !== receivedStamp.type) return Number.NaN;
    const seconds = words[at + stampAt / 4 + 4]! + words[at + stampAt / 4 + 5]! * 0x1_0000_0000;
    return seconds * 1000 + words[at + stampAt / 4 + 6]! / 1e6;
  }

  sourcePort(index: number): number {
    const port = this.#words[(index * bufferBytes + sourceAt) / 4]! >>> 16;
    return ((port & 0xff) << 8) | (port >>> 8);
  }
}
