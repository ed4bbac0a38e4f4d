import type { SocketFaults } from '../media-sockets.ts';

/**
 * Where a ring's heads and tails are, in words of 32 bits.
 *
 *     struct io_sqring_offsets, struct io_cqring_offsets (linux/io_uring.h)
 */
export interface RingPlaces {
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly sqEntries: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqOverflow: number;
  readonly cqEntries: number;
  readonly cqes: number;
}

/** A ring as the kernel shows it, and the one call that gives it the turn. */
export interface RingMemory {
  readonly words: Uint32Array;
  /** What is to be done, 16 words each. */
  readonly entries: Uint32Array;
  readonly places: RingPlaces;
  /** Takes so many entries; `collect`: tells what has come. How many it took, or an errno below 0. */
  enter(submit: number, collect: boolean): number;
}

/** One completion: the two words of `user_data`, the result and the flags. */
export type OnCompletion = (low: number, high: number, result: number, flags: number) => void;

export const operation = { cancel: 14, receiveMessage: 10, send: 26 } as const;
/** Bits of the first word of an entry: the operation, its flags, its `ioprio`. */
const bufferSelect = 1 << (8 + 5);
const quietWhenDone = 1 << (8 + 6);
const multishot = 1 << (16 + 1);

/** Of the ring's flags: completions wait for room; work waits for the next call. */
const overflowed = 1 << 1;
const workWaits = 1 << 2;

/** MSG_DONTWAIT: what cannot leave at once is lost, and its memory is ours again when the call returns. */
const dontWait = 0x40;

const entryWords = 16;
const completionWords = 4;

/**
 * The two queues of an io_uring, written and read in place. Entries are done in their order, at the call that submits
 * them.
 *
 *     entry        0 operation, flags, ioprio · 1 file · 2,3 offset or second address · 4,5 address · 6 length ·
 *                  7 message flags · 8,9 user data · 10 buffer group · 11 length of the second address · 12-15 zero
 *     completion   0,1 user data · 2 result · 3 flags
 */
export class Ring {
  readonly #memory: RingMemory;
  readonly #faults: SocketFaults;
  readonly #sqMask: number;
  readonly #cqMask: number;
  #sqHead: number;
  #sqTail: number;
  #cqHead: number;
  #dropped: number;

  constructor(memory: RingMemory, faults: SocketFaults) {
    this.#memory = memory;
    this.#faults = faults;
    const { words, places } = memory;
    this.#sqMask = places.sqEntries - 1;
    this.#cqMask = places.cqEntries - 1;
    this.#sqHead = words[places.sqHead]!;
    this.#sqTail = words[places.sqTail]!;
    this.#cqHead = words[places.cqHead]!;
    this.#dropped = words[places.cqOverflow]!;
  }

  /** Entries that the kernel has not taken yet. */
  get waiting(): number {
    return (this.#sqTail - this.#sqHead) >>> 0;
  }

  get full(): boolean {
    return this.waiting > this.#sqMask;
  }

  /** Whether a further call would tell more. */
  get more(): boolean {
    return (Atomics.load(this.#memory.words, this.#memory.places.sqFlags) & (overflowed | workWaits)) !== 0;
  }

  /** A datagram of `length` bytes at `packet` to the socket address (16 bytes) at `to`. Only failures are told. */
  send(file: number, packet: number, length: number, to: number, low: number, high: number): void {
    this.#put(operation.send | quietWhenDone, file, to, packet, length, dontWait, low, high, 0, 16);
  }

  /** Every datagram of a socket, into buffers of the group, until that ends; `message`: a `msghdr` that says how. */
  receive(file: number, message: number, group: number, low: number, high: number): void {
    this.#put(operation.receiveMessage | bufferSelect | multishot, file, 0, message, 1, 0, low, high, group, 0);
  }

  /** Ends what has this user data. Only failures are told. */
  cancel(targetLow: number, targetHigh: number, low: number, high: number): void {
    const target = targetHigh * 0x1_0000_0000 + targetLow;
    this.#put(operation.cancel | quietWhenDone, -1, 0, target, 0, 0, low, high, 0, 0);
  }

  /** Gives the kernel what waits; `collect`: and lets it tell what has come. False: something waits still. */
  submit(collect: boolean): boolean {
    const { words, places } = this.#memory;
    Atomics.store(words, places.sqTail, this.#sqTail);
    if (this.waiting === 0 && !collect) return true;
    if (this.#memory.enter(this.waiting, collect) < 0) this.#faults.refused++;
    const head = Atomics.load(words, places.sqHead);
    if ((this.#sqTail - head) >>> 0 <= this.waiting) this.#sqHead = head;
    else this.#faults.impossible++;
    return this.waiting === 0;
  }

  /** Hands over what has come; what comes meanwhile waits. Returns how many. */
  reap(take: OnCompletion): number {
    const { words, places } = this.#memory;
    const tail = Atomics.load(words, places.cqTail);
    let count = (tail - this.#cqHead) >>> 0;
    if (count > places.cqEntries) {
      this.#faults.impossible++;
      count = places.cqEntries;
      this.#cqHead = (tail - count) >>> 0;
    }
    for (let left = count; left > 0; left--) {
      const at = places.cqes + (this.#cqHead & this.#cqMask) * completionWords;
      this.#cqHead = (this.#cqHead + 1) >>> 0;
      take(words[at]!, words[at + 1]!, words[at + 2]! | 0, words[at + 3]!);
    }
    Atomics.store(words, places.cqHead, this.#cqHead);
    this.#countOverflow();
    return count;
  }

  #countOverflow(): void {
    const { words, places } = this.#memory;
    const dropped = words[places.cqOverflow]!;
    if (dropped !== this.#dropped || (words[places.sqFlags]! & overflowed) !== 0) this.#faults.full++;
    this.#dropped = dropped;
  }

  #put(
    first: number,
    file: number,
    second: number,
    address: number,
    length: number,
    messageFlags: number,
    low: number,
    high: number,
    group: number,
    secondLength: number,
  ): void {
    const { entries } = this.#memory;
    const at = (this.#sqTail & this.#sqMask) * entryWords;
    entries[at] = first;
    entries[at + 1] = file;
    entries[at + 2] = second;
    entries[at + 3] = second / 0x1_0000_0000;
    entries[at + 4] = address;
    entries[at + 5] = address / 0x1_0000_0000;
    entries[at + 6] = length;
    entries[at + 7] = messageFlags;
    entries[at + 8] = low;
    entries[at + 9] = high;
    entries[at + 10] = group;
    entries[at + 11] = secondLength;
    entries[at + 12] = 0;
    entries[at + 13] = 0;
    entries[at + 14] = 0;
    entries[at + 15] = 0;
    this.#sqTail = (this.#sqTail + 1) >>> 0;
  }
}
