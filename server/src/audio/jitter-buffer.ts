import { seq16Add, seq16Diff } from '../base/serial.ts';

/** Slots, a power of two: 640 ms of 10 ms packets, 3.8 s of 60 ms packets. */
const slots = 64;
const mask = slots - 1;
/** Payload bytes a slot holds at first: 20 ms of G.711. */
const firstStride = 160;

/**
 * Packets that wait for their turn, kept by sequence number in a window of 64. Payloads are copied into one block,
 * which grows when a longer payload comes (never beyond `maxPayload` per slot) and is then reused: no allocation per
 * packet.
 *
 * A slot remembers the last sequence number it held after the packet has been taken, so that duplicates are known.
 */
export class JitterBuffer {
  readonly #maxPayload: number;
  readonly #sequences = new Int32Array(slots).fill(-1);
  readonly #waiting = new Uint8Array(slots);
  readonly #lengths = new Int32Array(slots);
  readonly #times = new Float64Array(slots);
  #stride = 0;
  #bytes = new Uint8Array(0);
  #count = 0;
  /** The sequence number from which on packets are still of use. */
  #first = 0;
  /** The newest sequence number seen. */
  #newest = 0;

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** Packets waiting. */
  get count(): number {
    return this.#count;
  }

  /** The next sequence number to be played. */
  get first(): number {
    return this.#first;
  }

  get newest(): number {
    return this.#newest;
  }

  /** Empties the buffer; `sequence` will be the first of a new stream. */
  restart(sequence: number): void {
    this.#sequences.fill(-1);
    this.#waiting.fill(0);
    this.#count = 0;
    this.#first = sequence;
    this.#newest = seq16Add(sequence, -1);
  }

  /** True when a packet of this number has been held within the window. */
  seen(sequence: number): boolean {
    return this.#sequences[sequence & mask] === sequence;
  }

  /** Remembers a number without a packet, unless something of its window waits in its slot. */
  mark(sequence: number): void {
    const slot = sequence & mask;
    if (this.#waiting[slot] === 0) this.#sequences[slot] = sequence;
  }

  /** How many of the next `count` numbers from `first` on have not been seen. */
  missing(count: number): number {
    const looked = Math.min(count, slots);
    let missing = count - looked;
    for (let i = 0; i < looked; i++) if (!this.seen(seq16Add(this.#first, i))) missing++;
    return missing;
  }

  /** How many numbers `first` must be moved on for `sequence` to fit the window. */
  overflow(sequence: number): number {
    return Math.max(0, seq16Diff(sequence, this.#first) - slots + 1);
  }

  /**
   * Keeps a copy of a packet that is neither seen, nor before `first`, nor beyond the window. `time` is given back by
   * `timeOf`.
   */
  insert(sequence: number, time: number, payload: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.#stride) this.#grow(length);
    const slot = sequence & mask;
    const at = slot * this.#stride;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) bytes[at + i] = payload[start + i]!;
    this.#sequences[slot] = sequence;
    this.#lengths[slot] = length;
    this.#times[slot] = time;
    this.#waiting[slot] = 1;
    this.#count++;
    if (seq16Diff(sequence, this.#newest) > 0) this.#newest = sequence;
  }

  /** The lowest sequence number that waits, or -1. */
  next(): number {
    if (this.#count === 0) return -1;
    let sequence = this.#first;
    while (this.#waiting[sequence & mask] === 0) sequence = seq16Add(sequence, 1);
    return sequence;
  }

  /** Of a waiting packet. */
  timeOf(sequence: number): number {
    return this.#times[sequence & mask]!;
  }

  /** The block that `offsetOf` and `lengthOf` point into; valid until the next `insert`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  offsetOf(sequence: number): number {
    return (sequence & mask) * this.#stride;
  }

  lengthOf(sequence: number): number {
    return this.#lengths[sequence & mask]!;
  }

  /** Moves `first` past `count` numbers; returns how many of them were waiting, and are now dropped. */
  advance(count: number): number {
    let dropped = 0;
    for (let i = 0; i < count; i++) {
      const slot = this.#first & mask;
      if (this.#waiting[slot] === 1) {
        this.#waiting[slot] = 0;
        this.#count--;
        dropped++;
      }
      this.#first = seq16Add(this.#first, 1);
      if (this.#count === 0) {
        this.#first = seq16Add(this.#first, count - i - 1);
        break;
      }
    }
    if (seq16Diff(this.#first, this.#newest) > 1) this.#newest = seq16Add(this.#first, -1);
    return dropped;
  }

  #grow(length: number): void {
    const stride = Math.min(this.#maxPayload, Math.max(length, firstStride));
    const bytes = new Uint8Array(stride * slots);
    for (let slot = 0; slot < slots; slot++) {
      if (this.#waiting[slot] === 1) {
        const from = slot * this.#stride;
        bytes.set(this.#bytes.subarray(from, from + this.#lengths[slot]!), slot * stride);
      }
    }
    this.#bytes = bytes;
    this.#stride = stride;
  }
}
