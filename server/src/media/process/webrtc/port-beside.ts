import { createSocket, type Socket } from 'node:dgram';
import { readdir } from 'node:fs/promises';
import { loadSocketCalls, type SocketCalls } from '../socket-calls.ts';
import { bindingSuccess, stunCookie } from './stun-message.ts';

/** A second socket at a UDP port that a library of this process has bound. */
export interface PortBeside {
  readonly socket: Socket;
  readonly family: 'IPv4' | 'IPv6';
  /** From now on it receives answers to STUN whose transaction begins so, and nothing else. False: that failed. */
  receive(begin: number): boolean;
}

/**
 * Of Linux, the same on x86 and ARM: SOL_SOCKET and options of it, IPPROTO_IPV6 and IPV6_V6ONLY, flags of socket(2).
 */
const solSocket = 1;
const soType = 3;
const soReusePort = 15;
const soAttachReusePortFilter = 51;
const ipv6 = 41;
const ipv6Only = 26;
const closeOnExec = 0x8_0000;
const datagrams = 2;
const families = { 2: 'IPv4', 10: 'IPv6' } as const;
const longestAddress = 28;

/** What we ask of the C library. */
interface Libc extends SocketCalls {
  getsockname(socket: number, address: Uint8Array, length: Uint8Array): number;
  getsockopt(socket: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  setFilter(socket: number, program: Uint8Array): number;
}

/**
 * The library reads its socket itself and tells of no STUN. A socket of ours beside it, at the same port, sends from
 * there, so through the NAT in between, and the kernel gives it what a filter chooses (SO_ATTACH_REUSEPORT_CBPF,
 * socket(7)): the answers to what we have asked, which mean nothing to the library. The rest stays the library's.
 * Null: it is not possible here, or there is no such port.
 */
export async function openBeside(port: number, begin: number): Promise<PortBeside | null> {
  if (process.platform !== 'linux') return null;
  try {
    const libc = await loadLibc();
    // Asked for first: from the library's socket to ours and its filter nothing waits, so that no packet comes between.
    const files = await readdir('/proc/self/fd');
    return bound(libc, files.map(Number), port, begin);
  } catch {
    return null;
  }
}

function bound(libc: Libc, files: readonly number[], port: number, begin: number): PortBeside | null {
  const address = Buffer.alloc(longestAddress);
  const written = number(0);
  const theirs = files.find((file) => isBoundTo(libc, file, port, address, written));
  if (theirs === undefined) return null;
  const family = families[address.readUInt16LE(0) as 2 | 10];
  const yes = number(1);
  if (libc.setOption(theirs, solSocket, soReusePort, yes, 4) !== 0) return null;
  const ours = libc.socket(address.readUInt16LE(0), datagrams | closeOnExec, 0);
  if (ours < 0) return null;
  const only = number(0);
  if (family === 'IPv6') libc.getsockopt(theirs, ipv6, ipv6Only, only, number(4));
  const length = family === 'IPv4' ? 16 : longestAddress;
  const ready =
    libc.setOption(ours, solSocket, soReusePort, yes, 4) === 0 &&
    (family === 'IPv4' || libc.setOption(ours, ipv6, ipv6Only, only, 4) === 0) &&
    libc.bind(ours, address, length) === 0 &&
    libc.setFilter(ours, answersTo(begin)) === 0;
  if (!ready) {
    libc.close(ours);
    return null;
  }
  const socket = createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
  // Later failures are those of single packets: nobody waits for one.
  socket.on('error', () => {});
  socket.bind({ fd: ours });
  return { socket, family, receive: (other) => libc.setFilter(ours, answersTo(other)) === 0 };
}

/** Writes its address, and how long that is. There may be thousands of files. */
function isBoundTo(libc: Libc, file: number, port: number, address: Buffer, written: Buffer): boolean {
  written.writeUInt32LE(longestAddress, 0);
  if (libc.getsockname(file, address, written) !== 0) return false;
  if (!(address.readUInt16LE(0) in families) || address.readUInt16BE(2) !== port) return false;
  const type = number(0);
  return libc.getsockopt(file, solSocket, soType, type, number(4)) === 0 && type.readUInt32LE(0) === datagrams;
}

/** Classic BPF over the payload: gives which socket of those at the port it is; the library's came first. */
function answersTo(begin: number): Buffer {
  const [library, ours] = [0, 1];
  return Buffer.concat([
    instruction(load.half, 0),
    unless(bindingSuccess, 5),
    instruction(load.word, 4),
    unless(stunCookie, 3),
    instruction(load.word, 8),
    unless(begin, 1),
    instruction(give, ours),
    instruction(give, library),
  ]);
}

const load = { half: 0x28, word: 0x20 } as const;
const jumpIfEqual = 0x15;
const give = 0x06;

/** Goes on, or over so many where it is not this. */
function unless(value: number, over: number): Buffer {
  return instruction(jumpIfEqual, value, over);
}

function instruction(code: number, value: number, ifNot = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifNot, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

let loaded: Promise<Libc> | null = null;

/** Rejects as `loadSocketCalls`. */
function loadLibc(): Promise<Libc> {
  loaded ??= declared();
  return loaded;
}

async function declared(): Promise<Libc> {
  const { koffi, lib, calls } = await loadSocketCalls();
  const Program = koffi.struct({ len: 'uint16_t', filter: 'void *' });
  const attach = lib.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(Program), 'uint32_t']);
  const size = koffi.sizeof(Program);
  return {
    ...calls,
    getsockname: lib.func('int getsockname(int, void *, void *)'),
    getsockopt: lib.func('int getsockopt(int, int, int, void *, void *)'),
    setFilter: (socket, program) =>
      attach(socket, solSocket, soAttachReusePortFilter, { len: program.length / 8, filter: program }, size),
  };
}
