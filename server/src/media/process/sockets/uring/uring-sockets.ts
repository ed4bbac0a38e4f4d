import { isIPv4 } from 'node:net';
import type { Clock, Timer } from '../../../../base/clock.ts';
import { CommandError } from '../../../channel/protocol.ts';
import type { DatagramPair, PacketListener } from '../datagram-pair.ts';
import { DgramSockets } from '../dgram-sockets.ts';
import { type MediaSockets, noFaults } from '../media-sockets.ts';
import { pairFromPool } from '../pair-from-pool.ts';
import type { PortPool } from '../port-pool.ts';
import { wordOfIpv4 } from './ipv4.ts';
import { bufferCount, bufferGroup, type KernelRing, sendSpaceBytes } from './kernel-ring.ts';
import { errnoName, type Libc } from './libc.ts';
import { ReceiveBuffers, receivedStamp } from './receive-buffers.ts';
import { Ring } from './ring.ts';
import { packetAfterAddress, SendSpace } from './send-space.ts';
import { type PairRing, UringPair } from './uring-pair.ts';
import { UringSocket } from './uring-socket.ts';

/** What a completion is about: the lowest bits of the user data, the number of the socket above them. */
const about = { received: 0, sent: 1, cancelled: 2 } as const;
const aboutBits = 2;

/** Of a completion's flags: it has a buffer, and more will come of the same operation. */
const hasBuffer = 1;
const moreComes = 2;
/** Results of a completion: −ENOBUFS, −ECANCELED. */
const noBuffers = -105;
const cancelled = -125;
/** Values of errno: EADDRINUSE, EACCES. */
const addressInUse = 98;
const accessDenied = 13;
/** AF_INET; SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC */
const internet = 2;
const datagrams = 2 | 0x800 | 0x8_0000;

/**
 * Each tick looks for what has come. With many legs that would be more than there are buffers, so it is looked for in
 * between, too: so long after the tick, and so often.
 */
const looks = [
  { pairs: 400, lookMs: 0, between: 0 },
  { pairs: 800, lookMs: 10, between: 1 },
  { pairs: Number.POSITIVE_INFINITY, lookMs: 5, between: 3 },
] as const;
/** Without ticks it is looked for this often. */
const restMs = 20;
/** What is said to be older was there before the system's clock was set. */
const oldestMs = 1000;
/** What did not go in one call, or came meanwhile, goes in the next; so many at most. */
const mostRounds = 64;
/** Packets handed over in one exchange, about, and before a tick: more wait until others had their turn. */
const mostAtOnce = 4096;
const mostBeforeTick = 2048;
/** SOL_SOCKET */
const ofSocket = 1;
const on = Uint8Array.of(1, 0, 0, 0);

/**
 * Sockets through one io_uring: what the legs send in a tick leaves in one call, which also brings what has come for
 * all of them. Nothing happens between two calls, so packets wait for the tick, or for a look between two of them.
 * IPv4; a pair of IPv6 has Node's sockets.
 */
export class UringSockets implements MediaSockets {
  readonly kind = 'uring';
  readonly faults = noFaults();
  readonly #clock: Clock;
  readonly #libc: Libc;
  readonly #kernel: KernelRing;
  readonly #ring: Ring;
  readonly #buffers: ReceiveBuffers;
  readonly #space: SendSpace;
  readonly #others: DgramSockets;
  readonly #sockets: UringSocket[] = [];
  readonly #free: UringSocket[] = [];
  /** And the pools that they go back to. */
  readonly #pairs = new Map<UringPair, PortPool>();
  readonly #pairRing: PairRing = {
    send: (socket, packet, port, address) => this.#send(socket, packet, port, address),
    end: (pair) => {
      const ports = this.#pairs.get(pair);
      this.#pairs.delete(pair);
      this.#end([pair.rtp, pair.rtcp]);
      ports?.giveBack(pair.port);
    },
  };
  /** Sockets that nothing is received at, and should be. */
  #idle: UringSocket[] = [];
  /** Closed sockets that are still received at. */
  readonly #ending: UringSocket[] = [];
  /** Files of closed sockets that the kernel has still something to do with: a new one would get their numbers. */
  readonly #leaving: number[] = [];
  #look: Timer | null = null;
  #looks = 0;
  #nowMs = 0;
  /** The same moment on the system's clock. */
  #realMs = 0;
  #ticking = false;
  #exchanging = false;
  #closed = false;
  readonly #take = (low: number, high: number, result: number, flags: number) =>
    this.#completed(low, high, result, flags);

  constructor(clock: Clock, libc: Libc, kernel: KernelRing, beforePacket: (nowMs: number) => void) {
    this.#clock = clock;
    this.#libc = libc;
    this.#kernel = kernel;
    this.#ring = new Ring(kernel, this.faults);
    const { received, sent } = kernel;
    this.#buffers = new ReceiveBuffers(bufferCount, received.address, received.bytes, received.ring);
    this.#space = new SendSpace(sent.address, sent.bytes, sendSpaceBytes);
    this.#others = new DgramSockets(clock, beforePacket);
  }

  /** Sockets in use, those that are being closed among them. */
  get inUse(): number {
    return this.#sockets.length - this.#free.length;
  }

  /** Buffers that the kernel has: all of them between two exchanges. */
  get freeBuffers(): number {
    return this.#buffers.free;
  }

  async open(bind: string, ports: PortPool, onRtp: PacketListener, onRtcp: PacketListener): Promise<DatagramPair> {
    const host = isIPv4(bind) ? wordOfIpv4(bind) : null;
    if (host === null) return await this.#others.open(bind, ports, onRtp, onRtcp);
    if (this.#closed) throw new CommandError('failed', 'the sockets are closed');
    const found = await pairFromPool(bind, ports, this.#clock, (port) => this.#bindPair(bind, host, port));
    const [rtp, rtcp] = [this.#begin(found.pair.rtp, onRtp), this.#begin(found.pair.rtcp, onRtcp)];
    this.#receiveAll();
    this.#ring.submit(false);
    const pair = new UringPair(bind, found.port, rtp, rtcp, this.#pairRing);
    this.#pairs.set(pair, ports);
    if (this.#look === null && !this.#ticking) this.#lookIn(restMs);
    return pair;
  }

  get ticking(): boolean {
    return this.#ticking;
  }

  set ticking(ticking: boolean) {
    if (ticking === this.#ticking) return;
    this.#ticking = ticking;
    this.#looks = 0;
    this.#lookIn(restMs);
  }

  beforeTick(nowMs: number): void {
    const all = this.#exchange(nowMs, mostBeforeTick);
    this.#looks = 0;
    const { between, lookMs } = this.#pace;
    if (!all) this.#lookIn(0);
    else if (between > 0) this.#lookIn(lookMs);
  }

  flush(): void {
    if (!this.#closed && !this.#exchanging) this.#submit(false);
  }

  /** What was sent leaves, all that has come is handed over. */
  exchange(nowMs: number): void {
    this.#exchange(nowMs, mostAtOnce);
  }

  close(): void {
    if (this.#closed) return;
    for (const pair of [...this.#pairs.keys()]) pair.close();
    this.#others.close();
    this.#exchange(this.#clock.monotonic(), mostAtOnce);
    this.#closed = true;
    this.#look?.cancel();
    this.#kernel.close();
    for (const file of this.#leaving.splice(0)) this.#libc.close(file);
  }

  get #pace(): (typeof looks)[number] {
    const count = this.#pairs.size;
    return looks.find(({ pairs }) => count <= pairs)!;
  }

  #lookIn(ms: number): void {
    this.#look?.cancel();
    this.#look = null;
    if (this.#closed || this.inUse === 0) return;
    this.#look = this.#clock.setTimer(ms, () => {
      this.#look = null;
      this.#exchange(this.#clock.monotonic(), mostAtOnce);
      this.#looks++;
      if (!this.#ticking) this.#lookIn(restMs);
      else if (this.#looks < this.#pace.between) this.#lookIn(this.#pace.lookMs);
    });
  }

  /** What was sent leaves, what has come is handed over, about `most` of it; returns whether that was all. */
  #exchange(nowMs: number, most: number): boolean {
    if (this.#closed || this.#exchanging) return true;
    this.#exchanging = true;
    this.#nowMs = nowMs;
    this.#realMs = this.#libc.realMs();
    try {
      let handed = 0;
      for (let round = 0; round < mostRounds && handed < most; round++) {
        this.#endReceiving();
        this.#receiveAll();
        this.#submit(true);
        const count = this.#ring.reap(this.#take);
        this.#buffers.publish();
        handed += count;
        if (!this.#ring.more && (count === 0 || this.#idle.length === 0)) return true;
      }
      return false;
    } finally {
      this.#exchanging = false;
    }
  }

  /** Begins to receive wherever that has ended, as far as there is room to say so. */
  #receiveAll(): void {
    if (this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const socket of idle) {
      if (socket.state !== 'open' || socket.receiving) continue;
      if (this.#ring.full && !this.#submit(false)) {
        this.#idle.push(socket);
        continue;
      }
      socket.receiving = true;
      this.#ring.receive(
        socket.file,
        this.#kernel.message,
        bufferGroup,
        (socket.index << aboutBits) | about.received,
        socket.generation,
      );
    }
  }

  #submit(collect: boolean): boolean {
    const all = this.#ring.submit(collect);
    if (!all) return false;
    this.#space.clear();
    for (let file = this.#leaving.pop(); file !== undefined; file = this.#leaving.pop()) this.#libc.close(file);
    return true;
  }

  #send(socket: UringSocket, packet: Uint8Array, port: number, address: string): void {
    const host = socket.targetWord(address);
    if (socket.state !== 'open' || host === null) {
      if (socket.state === 'open') this.faults.unsent++;
      return;
    }
    if (this.#ring.full || !this.#space.has(packet.length)) {
      if (!this.#submit(false) || !this.#space.has(packet.length)) {
        this.faults.full++;
        this.faults.unsent++;
        return;
      }
    }
    const at = this.#space.put(packet, port, host);
    this.#ring.send(
      socket.file,
      at + packetAfterAddress,
      packet.length,
      at,
      (socket.index << aboutBits) | about.sent,
      socket.generation,
    );
  }

  #completed(low: number, high: number, result: number, flags: number): void {
    const socket = this.#sockets[low >>> aboutBits];
    const kind = low & ((1 << aboutBits) - 1);
    const ours = socket !== undefined && socket.generation === high && socket.state !== 'free';
    if (kind === about.received) {
      if ((flags & hasBuffer) !== 0) this.#filled(flags >>> 16, ours ? socket : null, result);
      if (!ours || !socket.receiving) this.faults.impossible++;
      else if ((flags & moreComes) === 0) this.#receivingEnded(socket, result);
    } else if (kind === about.sent) {
      if (result < 0) this.faults.unsent++;
    } else if (kind !== about.cancelled) this.faults.impossible++;
  }

  /** One datagram, to the end: then the buffer is the kernel's again. */
  #filled(index: number, socket: UringSocket | null, written: number): void {
    const buffers = this.#buffers;
    if (!buffers.claim(index)) {
      this.faults.impossible++;
      return;
    }
    const packet = buffers.packet(index, written);
    if (packet === null) this.faults.tooLong++;
    else if (socket !== null) {
      const source = socket.sourceText(buffers.sourceAddress(index));
      const ageMs = this.#realMs - buffers.receivedMs(index);
      const cameMs = ageMs > 0 && ageMs < oldestMs ? this.#nowMs - ageMs : this.#nowMs;
      socket.listener(packet, source, buffers.sourcePort(index), cameMs);
    }
    buffers.giveBack(index);
  }

  #receivingEnded(socket: UringSocket, result: number): void {
    socket.receiving = false;
    if (socket.state === 'closing') {
      this.#freeOf(socket);
      return;
    }
    if (result === noBuffers) this.faults.noBuffer++;
    else if (result !== cancelled) this.faults.restarted++;
    this.#idle.push(socket);
  }

  #begin(file: number, listener: PacketListener): UringSocket {
    const socket = this.#free.pop() ?? this.#added();
    socket.begin(file, listener);
    this.#idle.push(socket);
    return socket;
  }

  #added(): UringSocket {
    const socket = new UringSocket(this.#sockets.length);
    this.#sockets.push(socket);
    return socket;
  }

  #freeOf(socket: UringSocket): void {
    socket.free();
    this.#free.push(socket);
  }

  /**
   * What was sent leaves, receiving ends, and the ports are free when this returns; while the kernel takes nothing,
   * when it does again.
   */
  #end(sockets: readonly UringSocket[]): void {
    for (const socket of sockets) {
      this.#leaving.push(socket.file);
      if (socket.end()) this.#freeOf(socket);
      else this.#ending.push(socket);
      this.#endReceiving();
      this.#submit(true);
    }
    if (!this.#exchanging && this.#look === null && !this.#ticking) this.#lookIn(restMs);
  }

  /** As far as there is room to say so: the rest at the next exchange. */
  #endReceiving(): void {
    for (let socket = this.#ending.at(-1); socket !== undefined; socket = this.#ending.at(-1)) {
      if (this.#ring.full && !this.#submit(false)) return;
      this.#ending.pop();
      // It has ended meanwhile, and its place may be another's.
      if (socket.state !== 'closing') continue;
      const { generation, index } = socket;
      const low = index << aboutBits;
      this.#ring.cancel(low | about.received, generation, low | about.cancelled, generation);
    }
  }

  #bindPair(address: string, host: number, port: number): { readonly rtp: number; readonly rtcp: number } | null {
    const rtp = this.#bind(address, host, port);
    if (rtp === null) return null;
    try {
      const rtcp = this.#bind(address, host, port + 1);
      if (rtcp !== null) return { rtp, rtcp };
    } catch (error) {
      this.#libc.close(rtp);
      throw error;
    }
    this.#libc.close(rtp);
    return null;
  }

  #bind(address: string, host: number, port: number): number | null {
    const libc = this.#libc;
    const failed = (what: string) =>
      new CommandError('failed', `cannot bind ${address}:${port}: ${what} ${errnoName(libc.errno())}`);
    const file = libc.socket(internet, datagrams, 0);
    if (file < 0) throw failed('socket');
    const name = Buffer.alloc(16);
    name.writeUInt16LE(internet, 0);
    name.writeUInt16BE(port, 2);
    name.writeInt32LE(host, 4);
    // Where that is not known packets have come when they are looked for.
    libc.setOption(file, ofSocket, receivedStamp.type, on, on.length);
    if (libc.bind(file, name, name.length) === 0) return file;
    const errno = libc.errno();
    const error = failed('bind');
    libc.close(file);
    if (errno === addressInUse || errno === accessDenied) return null;
    throw error;
  }
}
