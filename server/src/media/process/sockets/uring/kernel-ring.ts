import { errnoName, type Libc } from './libc.ts';
import { bufferBytes, bufferEntryBytes, receivedStamp } from './receive-buffers.ts';
import type { RingMemory, RingPlaces } from './ring.ts';

/** `struct io_uring_params`. */
const paramsBytes = 120;
/** IORING_SETUP_ CQSIZE, CLAMP, TASKRUN_FLAG, SINGLE_ISSUER, DEFER_TASKRUN: nothing is done but in our own calls. */
const setupFlags = 0x8 | 0x10 | 0x200 | 0x1000 | 0x2000;
/** IORING_FEAT_ SINGLE_MMAP, NODROP */
const neededFeatures = 0x1 | 0x2;
const entriesOffset = 0x1000_0000;
/** IORING_ENTER_GETEVENTS */
const getEvents = 1;
/** IORING_REGISTER_PBUF_RING, with `struct io_uring_buf_reg`. */
const registerBuffers = 22;
const registrationBytes = 40;

/** The group of buffers that all receiving takes from. */
export const bufferGroup = 7;

const sqSize = 1024;
const cqSize = 4096;
/** More would fall out of the processor's caches before they come round again. */
export const bufferCount = 1024;
const sendBytes = 384 * 1024;
const messageBytes = 64;
/** `sockaddr_in` */
const sourceBytes = 16;

/** A ring of the kernel, and the one piece of memory that all packets are in. */
export interface KernelRing extends RingMemory {
  /** The buffers that are received into, where they are, and the ring that the kernel finds them by. */
  readonly received: { readonly address: number; readonly bytes: ArrayBuffer; readonly ring: ArrayBuffer };
  readonly sent: { readonly address: number; readonly bytes: ArrayBuffer };
  /** Where the `msghdr` is that says that sources and times are wanted. */
  readonly message: number;
  close(): void;
}

/** Throws where the kernel has no such ring for us. */
export function openRing(libc: Libc): KernelRing {
  const params = Buffer.alloc(paramsBytes);
  params.writeUInt32LE(cqSize, 4);
  params.writeUInt32LE(setupFlags, 8);
  const file = libc.setup(sqSize, params);
  if (file < 0) throw new Error(`io_uring_setup: ${errnoName(libc.errno())}`);
  try {
    if ((params.readUInt32LE(20) & neededFeatures) !== neededFeatures) throw new Error('io_uring: an old kernel');
    return { ...mapQueues(libc, file, params), ...mapPackets(libc, file), close: () => void libc.close(file) };
  } catch (error) {
    libc.close(file);
    throw error;
  }
}

function mapQueues(libc: Libc, file: number, params: Buffer): RingMemory {
  const field = (offset: number) => params.readUInt32LE(offset);
  const word = (offset: number) => field(offset) >>> 2;
  const [sqEntries, cqEntries] = [field(0), field(4)];
  const array = word(64);
  const places: RingPlaces = {
    ...{ sqHead: word(40), sqTail: word(44), sqFlags: word(56), sqEntries },
    ...{ cqHead: word(80), cqTail: word(84), cqOverflow: word(96), cqEntries, cqes: word(100) },
  };
  const length = Math.max(field(64) + sqEntries * 4, field(100) + cqEntries * 16);
  const words = new Uint32Array(map(libc, length, file, 0).bytes);
  const entries = new Uint32Array(map(libc, sqEntries * 64, file, entriesOffset).bytes);
  for (let i = 0; i < sqEntries; i++) words[array + i] = i;
  return {
    words,
    entries,
    places,
    enter(submit, collect) {
      const taken = libc.enter(file, submit, 0, collect ? getEvents : 0);
      return taken < 0 ? -libc.errno() : taken;
    },
  };
}

/** Never unmapped: who looks at a packet too long must not find nothing there, and the kernel may still be at it. */
function mapPackets(libc: Libc, file: number): Pick<KernelRing, 'received' | 'sent' | 'message'> {
  const ring = map(libc, bufferCount * bufferEntryBytes, -1, 0);
  const buffers = map(libc, bufferCount * bufferBytes, -1, 0);
  const sent = map(libc, messageBytes + sendBytes, -1, 0);
  const message = new DataView(sent.bytes, sendBytes);
  message.setUint32(8, sourceBytes, true);
  message.setUint32(40, receivedStamp.bytes, true);
  const registration = Buffer.alloc(registrationBytes);
  registration.writeBigUInt64LE(BigInt(ring.address), 0);
  registration.writeUInt32LE(bufferCount, 8);
  registration.writeUInt16LE(bufferGroup, 12);
  if (libc.register(file, registerBuffers, registration, 1) < 0) {
    throw new Error(`io_uring_register: ${errnoName(libc.errno())}`);
  }
  return {
    received: { ...buffers, ring: ring.bytes },
    sent: { address: sent.address, bytes: sent.bytes },
    message: sent.address + sendBytes,
  };
}

function map(libc: Libc, length: number, file: number, offset: number) {
  const mapped = libc.map(length, file, offset);
  if (mapped === null) throw new Error(`mmap: ${errnoName(libc.errno())}`);
  return mapped;
}

/** Of `sent`, for packets. */
export const sendSpaceBytes = sendBytes;
