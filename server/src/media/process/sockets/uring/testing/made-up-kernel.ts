import assert from 'node:assert/strict';
import type { SeededRandom } from '../../../../../base/random.ts';
import { VirtualClock } from '../../../../../base/testing/virtual-clock.ts';
import { PortPool } from '../../port-pool.ts';
import { bufferCount, type KernelRing, sendSpaceBytes } from '../kernel-ring.ts';
import type { Libc } from '../libc.ts';
import { bufferBytes, bufferEntryBytes } from '../receive-buffers.ts';
import type { RingPlaces } from '../ring.ts';
import { UringSockets } from '../uring-sockets.ts';

export const sqEntries = 64;
export const cqEntries = 128;
export const places: RingPlaces = {
  ...{ sqHead: 0, sqTail: 1, sqFlags: 2, sqEntries },
  ...{ cqHead: 3, cqTail: 4, cqOverflow: 5, cqEntries, cqes: 16 },
};
const receivedAt = 0x7f00_1234_5000;
/** The system's clock, and how old what comes is. */
export const realMs = 1_800_000_000_000;
export const ageMs = 0.25;
export const headBytes = 64;
export const sentAt = 0x7fff_ffff_f000;

/** The kernel's side of a ring, which does what the test wants, right or wrong. */
class MadeUpKernel implements KernelRing {
  readonly words = new Uint32Array(16 + cqEntries * 4);
  readonly entries = new Uint32Array(sqEntries * 16);
  readonly places = places;
  readonly bytes = new ArrayBuffer(bufferCount * bufferBytes);
  readonly ring = new ArrayBuffer(bufferCount * bufferEntryBytes);
  readonly received = { address: receivedAt, bytes: this.bytes, ring: this.ring };
  readonly sent = { address: sentAt, bytes: new ArrayBuffer(sendSpaceBytes + 64) };
  readonly message = sentAt + sendSpaceBytes;
  /** What was submitted: operation, file, user data, address. */
  readonly taken: { operation: number; file: number; low: number; high: number; address: number }[] = [];
  /** How many entries the next call takes at most. */
  appetite = Number.POSITIVE_INFINITY;
  onEnter = () => {};
  /** What is open. */
  readonly files = new Set<number>();
  /** Buffers that it may fill, in their order. */
  readonly #buffers: number[] = [];
  #bufferHead = 0;

  enter(submit: number): number {
    const { words, entries } = this;
    this.onEnter();
    if (this.appetite === 0 && submit > 0) return -11;
    const count = Math.min(submit, this.appetite);
    for (let i = 0; i < count; i++) {
      const at = (words[places.sqHead]! % sqEntries) * 16;
      const [low, high] = [entries[at + 8]!, entries[at + 9]!];
      const address = entries[at + 5]! * 2 ** 32 + entries[at + 4]!;
      const [operation, file] = [entries[at]! & 0xff, entries[at + 1]! | 0];
      assert.ok(
        file === -1 || this.files.has(file),
        'what was to be done with a file is done before another gets its number',
      );
      this.taken.push({ operation, file, low, high, address });
      words[places.sqHead] = words[places.sqHead]! + 1;
    }
    return count;
  }

  /** The next buffer that it was given, with a datagram in it. */
  fill(payload: Uint8Array): number {
    const halves = new Uint16Array(this.ring);
    const given = new Uint32Array(this.ring);
    for (; this.#bufferHead !== halves[7]; this.#bufferHead = (this.#bufferHead + 1) & 0xffff) {
      const at = (this.#bufferHead % bufferCount) * 4;
      const index = halves[2 * at + 6]!;
      assert.equal(given[at + 1]! * 2 ** 32 + given[at]!, receivedAt + index * bufferBytes);
      assert.equal(given[at + 2], bufferBytes);
      assert.ok(!this.#buffers.includes(index), 'no buffer is given twice');
      this.#buffers.push(index);
    }
    const index = this.#buffers.shift();
    assert.ok(index !== undefined, 'there is a buffer');
    const view = new DataView(this.bytes, index * bufferBytes, bufferBytes);
    view.setUint32(4, 32, true);
    view.setUint32(8, payload.length, true);
    view.setUint32(12, 0, true);
    view.setUint16(16, 2, true);
    view.setUint16(18, 4000);
    view.setUint32(20, 0x0100_007f, true);
    view.setUint32(44, 35, true);
    view.setUint32(48, realMs / 1000 - 1, true);
    view.setUint32(56, (1000 - ageMs) * 1e6, true);
    new Uint8Array(this.bytes, index * bufferBytes + headBytes).set(payload);
    return index;
  }

  complete(low: number, high: number, result: number, flags: number): void {
    const { words } = this;
    const at = places.cqes + (words[places.cqTail]! % cqEntries) * 4;
    words.set([low, high, result, flags], at);
    words[places.cqTail] = words[places.cqTail]! + 1;
  }

  close(): void {}
}

/** Sockets over such a kernel. */
export function stage(random: SeededRandom) {
  const clock = new VirtualClock();
  const kernel = new MadeUpKernel();
  const open = kernel.files;
  const libc: Libc = {
    // The lowest that is free, as the kernel does.
    socket: () => {
      let file = 10;
      while (open.has(file)) file++;
      open.add(file);
      return file;
    },
    bind: () => 0,
    setOption: () => 0,
    realMs: () => realMs,
    close: (file) => (open.delete(file) ? 0 : -1),
    map: () => null,
    setup: () => -1,
    enter: () => -1,
    register: () => -1,
    errno: () => 0,
  };
  const sockets = new UringSockets(clock, libc, kernel, () => {});
  return { clock, kernel, sockets, open, ports: new PortPool(20_000, 20_999, random) };
}
