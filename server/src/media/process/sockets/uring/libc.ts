import { getSystemErrorName } from 'node:util';
import { loadSocketCalls, type SocketCalls } from '../../socket-calls.ts';

/** What we ask of the C library. Where a call fails `errno` says why. */
export interface Libc extends SocketCalls {
  /** The system's clock, ms since 1970, finer than `Date.now`: what the kernel's stamps are by. */
  realMs(): number;
  /** The memory and where it is, or null. */
  map(length: number, file: number, offset: number): { readonly address: number; readonly bytes: ArrayBuffer } | null;
  /** The system calls of io_uring: setup (425), enter (426), register (427). */
  setup(entries: number, params: Uint8Array): number;
  enter(ring: number, submit: number, atLeast: number, flags: number): number;
  register(ring: number, what: number, argument: Uint8Array, count: number): number;
  errno(): number;
}

const setupCall = 425;
const enterCall = 426;
const registerCall = 427;
/** PROT_READ | PROT_WRITE */
const readWrite = 3;
/** MAP_PRIVATE | MAP_ANONYMOUS */
const anonymous = 0x22;
/** MAP_SHARED | MAP_POPULATE */
const shared = 0x8001;

/** Rejects as `loadSocketCalls`. */
export async function loadLibc(): Promise<Libc> {
  const { koffi, lib, calls } = await loadSocketCalls();
  const mmap = lib.func('void *mmap(void *, uint64_t, int, int, int, int64_t)');
  // Not declared as variadic: on 64-bit systems whole numbers travel the same way.
  const setup = lib.func('syscall', 'long', ['long', 'uint32_t', 'void *']);
  const enter = lib.func('syscall', 'long', ['long', 'int', 'uint32_t', 'uint32_t', 'uint32_t', 'void *', 'size_t']);
  const register = lib.func('syscall', 'long', ['long', 'int', 'uint32_t', 'void *', 'uint32_t']);
  const failed = (1n << 64n) - 1n;
  const clockTime = lib.func('int clock_gettime(int, void *)');
  const time = new Uint32Array(4);
  return {
    ...calls,
    realMs() {
      clockTime(0, time);
      return (time[0]! + time[1]! * 0x1_0000_0000) * 1000 + time[2]! / 1e6;
    },
    map(length, file, offset) {
      const pointer = mmap(null, length, readWrite, file < 0 ? anonymous : shared, file, offset);
      const address = koffi.address(pointer);
      if (address === null || BigInt(address) === failed) return null;
      return { address: Number(address), bytes: koffi.view(pointer, length) };
    },
    setup: (entries, params) => Number(setup(setupCall, entries, params)),
    enter: (ring, submit, atLeast, flags) => enter(enterCall, ring, submit, atLeast, flags, null, 0),
    register: (ring, what, argument, count) => Number(register(registerCall, ring, what, argument, count)),
    errno: () => koffi.errno(),
  };
}

/** EPERM and the like, of an errno. */
export function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : String(errno);
}
