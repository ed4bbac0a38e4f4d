import { seq16Add, seq16Diff } from '../base/serial.ts';

/** Slots, a power of two: 640 ms of 10 ms packets, 3.8 s of 60 ms packets. */
const slots = 64;
const mask = slots - 1;
/** Bytes a slot holds at first: a packet of 20 ms of G.711 with its header, in whole cache lines. */
const firstStride = 192;
/** What comes before a payload in its packet, at most, where that is copied too. */
const mostBefore = 64;
/** Of a slot, a row of doubles: the time, the sequence number or -1, the payload's length, 0 when taken, its place. */
const row = 4;
const sequenceAt = 1;
const lengthAt = 2;
const startAt = 3;

/**
 * Packets that wait for their turn, kept by sequence number in a window of 64. They are copied into one block, which
 * grows when a longer payload comes (never far beyond `maxPayload` per slot) and is then reused: no allocation per
 * packet. With many streams nothing of this is in the processor's caches when a packet comes: what is known of a packet
 * lies in one place, and a short packet is copied whole, header and all, which is one call.
 *
 * A slot remembers the last sequence number it held after the packet has been taken, so that duplicates are known.
 */
export class JitterBuffer {
  readonly #maxPayload: number;
  readonly #rows = new Float64Array(slots * row);
  #stride = 0;
  #bytes = new Uint8Array(0);
  #count = 0;
  /** The sequence number from which on packets are still of use. */
  #first = 0;
  /** The newest sequence number seen. */
  #newest = 0;

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
    this.#clear();
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
    this.#clear();
    this.#count = 0;
    this.#first = sequence;
    this.#newest = seq16Add(sequence, -1);
  }

  /** True when a packet of this number has been held within the window. */
  seen(sequence: number): boolean {
    return this.#rows[(sequence & mask) * row + sequenceAt] === sequence;
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
   * Keeps a copy of a packet that is neither seen, nor before `first`, nor beyond the window, and whose payload is not
   * empty: one of length 0 is a slot in which none waits. `time` is given back by `timeOf`.
   */
  insert(sequence: number, time: number, payload: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const whole = payload.length <= length + mostBefore;
    const size = whole ? payload.length : length;
    if (size > this.#stride) this.#grow(size);
    const slot = sequence & mask;
    let from = slot * this.#stride;
    const bytes = this.#bytes;
    if (whole) {
      bytes.set(payload, from);
      from += start;
    } else for (let i = 0; i < length; i++) bytes[from + i] = payload[start + i]!;
    const rows = this.#rows;
    const at = slot * row;
    rows[at] = time;
    rows[at + sequenceAt] = sequence;
    rows[at + lengthAt] = length;
    rows[at + startAt] = from;
    this.#count++;
    if (seq16Diff(sequence, this.#newest) > 0) this.#newest = sequence;
  }

  /** The lowest sequence number that waits, or -1. */
  next(): number {
    if (this.#count === 0) return -1;
    let sequence = this.#first;
    while (this.#rows[(sequence & mask) * row + lengthAt] === 0) sequence = seq16Add(sequence, 1);
    return sequence;
  }

  /** Of a waiting packet. */
  timeOf(sequence: number): number {
    return this.#rows[(sequence & mask) * row]!;
  }

  /** The block that `offsetOf` and `lengthOf` point into; valid until the next `insert`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  offsetOf(sequence: number): number {
    return this.#rows[(sequence & mask) * row + startAt]! | 0;
  }

  lengthOf(sequence: number): number {
    return this.#rows[(sequence & mask) * row + lengthAt]! | 0;
  }

  /** Reads where the next packet lies; as of `Playout`. */
  readAhead(): number {
    const slot = this.#first & mask;
    const from = slot * this.#stride;
    const bytes = this.#bytes;
    const ahead = this.#rows[slot * row]!;
    return from + 128 < bytes.length ? ahead + bytes[from]! + bytes[from + 64]! + bytes[from + 128]! : ahead;
  }

  /** Moves `first` past `count` numbers; returns how many of them were waiting, and are now dropped. */
  advance(count: number): number {
    let dropped = 0;
    for (let i = 0; i < count; i++) {
      const at = (this.#first & mask) * row + lengthAt;
      if (this.#rows[at] !== 0) {
        this.#rows[at] = 0;
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

  #clear(): void {
    const rows = this.#rows;
    for (let at = 0; at < rows.length; at += row) {
      rows[at + sequenceAt] = -1;
      rows[at + lengthAt] = 0;
    }
  }

  #grow(size: number): void {
    const stride = Math.max(size, Math.min(firstStride, this.#maxPayload + mostBefore));
    const bytes = new Uint8Array(stride * slots);
    for (let slot = 0; slot < slots; slot++) {
      const at = slot * row;
      const length = this.#rows[at + lengthAt]!;
      if (length === 0) continue;
      const from = this.#rows[at + startAt]!;
      bytes.set(this.#bytes.subarray(from, from + length), slot * stride);
      this.#rows[at + startAt] = slot * stride;
    }
    this.#bytes = bytes;
    this.#stride = stride;
  }
}
