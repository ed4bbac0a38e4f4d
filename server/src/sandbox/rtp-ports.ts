import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AppError } from '../base/app-error.ts';
import type { HostPort } from '../base/host-port.ts';
import { isLoopback } from '../base/ip-address.ts';

/** Room for what arrives while the process is busy; the system may allow less. */
const receiveBuffer = 1024 * 1024;
/** A free port has a taken neighbour this often in a row only when there are none left. */
const mostTries = 50;

/** Takes what arrives for one call; the packet is the sink's until the next one. */
export interface PacketSink {
  receiveRtp(packet: Buffer): void;
  receiveRtcp(packet: Buffer): void;
}

/** What a call's packets leave by. */
export interface RtpPort {
  readonly port: number;
  /**
   * From where packets are taken, as soon as it is known: and from our own address, which a server of this machine that
   * listens on all its addresses sends from, whatever it tells others.
   */
  listenTo(remote: HostPort): void;
  /** `packet` must not change until it was sent: reuse buffers in a ring. */
  sendRtp(packet: Uint8Array, to: HostPort): void;
  sendRtcp(packet: Uint8Array, to: HostPort): void;
  /** Idempotent. */
  close(): void;
}

interface Pair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly port: number;
}

/** Addresses are already numbers: the answer is the question, at once. */
const noLookup = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
  done(null, host, isIPv6(host) ? 6 : 4);

/**
 * Ports for RTP, RTCP on the odd one above. A call that speaks has a pair of its own, like a telephone. Calls that are
 * nearly silent share one pair and are told apart by where their packets come from: hundreds of calls a second then
 * cost no sockets.
 */
export class RtpPorts {
  readonly #host: string;
  readonly #own = new Set<OwnPort>();
  #shared: SharedPair | null = null;
  sendErrors = 0;
  /** Packets that belong to no call. */
  strays = 0;

  constructor(host: string) {
    this.#host = host;
  }

  /** Opens the shared pair. */
  async open(): Promise<void> {
    const pair = await this.#bind();
    this.#shared = new SharedPair(pair, this.#host, () => void this.strays++);
  }

  /** At once. */
  share(sink: PacketSink): RtpPort {
    if (this.#shared === null) throw new AppError('invalidState', 'The ports are not open.');
    return new SharedPort(this.#shared, sink);
  }

  async take(sink: PacketSink): Promise<RtpPort> {
    const own = new OwnPort(await this.#bind(), this.#host, sink, () => this.#own.delete(own));
    this.#own.add(own);
    return own;
  }

  close(): void {
    for (const port of [...this.#own]) port.close();
    this.#shared?.close();
    this.#shared = null;
  }

  /** The system picks a free port; its neighbour makes the pair. */
  async #bind(): Promise<Pair> {
    for (let tries = 0; tries < mostTries; tries++) {
      const first = await this.#socket(0);
      const port = first.address().port;
      const second = await this.#socket(port ^ 1).catch((error: NodeJS.ErrnoException) => {
        first.close();
        if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
        return null;
      });
      if (second === null) continue;
      const [rtp, rtcp] = port % 2 === 0 ? [first, second] : [second, first];
      return { rtp, rtcp, port: port & ~1 };
    }
    throw new AppError('unavailable', `There is no free pair of ports on ${this.#host}.`);
  }

  #socket(port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({ type: isIPv6(this.#host) ? 'udp6' : 'udp4', lookup: noLookup as never });
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address: this.#host, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        socket.on('error', () => void this.sendErrors++);
        resolve(socket);
      });
    });
  }
}

/** From a loopback address nothing else is reached: a server there that tells others another is where we are. */
function reached(host: string, named: string): string {
  return isLoopback(host) && !isLoopback(named) ? host : named;
}

class OwnPort implements RtpPort {
  readonly port: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #host: string;
  readonly #onClose: () => void;
  #address: string | null = null;
  #closed = false;

  constructor({ rtp, rtcp, port }: Pair, host: string, sink: PacketSink, onClose: () => void) {
    this.port = port;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#host = host;
    this.#onClose = onClose;
    rtp.on('message', (packet, from) => this.#from(from) && sink.receiveRtp(packet));
    rtcp.on('message', (packet, from) => this.#from(from) && sink.receiveRtcp(packet));
  }

  listenTo(remote: HostPort): void {
    this.#address = remote.address;
  }

  sendRtp(packet: Uint8Array, to: HostPort): void {
    if (!this.#closed) this.#rtp.send(packet, to.port, reached(this.#host, to.address));
  }

  sendRtcp(packet: Uint8Array, to: HostPort): void {
    if (!this.#closed) this.#rtcp.send(packet, to.port, reached(this.#host, to.address));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp.close();
    this.#onClose();
  }

  #from(from: RemoteInfo): boolean {
    if (this.#closed || this.#address === null) return false;
    return from.address === this.#address || from.address === this.#host;
  }
}

/** Two sockets of many calls, found by the peer's address and port without making a key for each packet. */
class SharedPair {
  readonly port: number;
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly host: string;
  readonly #calls = new Map<string, Map<number, PacketSink>>();
  #closed = false;

  constructor({ rtp, rtcp, port }: Pair, host: string, onStray: () => void) {
    this.port = port;
    this.rtp = rtp;
    this.rtcp = rtcp;
    this.host = host;
    for (const socket of [rtp, rtcp]) {
      try {
        socket.setRecvBufferSize(receiveBuffer);
      } catch {
        // The system's default has to do.
      }
    }
    rtp.on('message', (packet, from) => {
      const call = this.#calls.get(from.address)?.get(from.port);
      if (call === undefined) onStray();
      else call.receiveRtp(packet);
    });
    rtcp.on('message', (packet, from) =>
      this.#calls
        .get(from.address)
        ?.get(from.port - 1)
        ?.receiveRtcp(packet),
    );
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The newest call with a peer has it: an earlier one is over, even if we have not heard so. */
  add({ address, port }: HostPort, sink: PacketSink): void {
    this.#put(address, port, sink);
    if (address !== this.host) this.#put(this.host, port, sink);
  }

  remove({ address, port }: HostPort, sink: PacketSink): void {
    this.#drop(address, port, sink);
    if (address !== this.host) this.#drop(this.host, port, sink);
  }

  #put(address: string, port: number, sink: PacketSink): void {
    let ofAddress = this.#calls.get(address);
    if (ofAddress === undefined) {
      ofAddress = new Map();
      this.#calls.set(address, ofAddress);
    }
    ofAddress.set(port, sink);
  }

  #drop(address: string, port: number, sink: PacketSink): void {
    const ofAddress = this.#calls.get(address);
    if (ofAddress?.get(port) !== sink) return;
    ofAddress.delete(port);
    if (ofAddress.size === 0) this.#calls.delete(address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.clear();
    this.rtp.close();
    this.rtcp.close();
  }
}

class SharedPort implements RtpPort {
  readonly #pair: SharedPair;
  readonly #sink: PacketSink;
  #remote: HostPort | null = null;

  constructor(pair: SharedPair, sink: PacketSink) {
    this.#pair = pair;
    this.#sink = sink;
  }

  get port(): number {
    return this.#pair.port;
  }

  listenTo(remote: HostPort): void {
    if (this.#remote !== null) this.#pair.remove(this.#remote, this.#sink);
    this.#pair.add(remote, this.#sink);
    this.#remote = remote;
  }

  sendRtp(packet: Uint8Array, to: HostPort): void {
    if (!this.#pair.closed) this.#pair.rtp.send(packet, to.port, reached(this.#pair.host, to.address));
  }

  sendRtcp(packet: Uint8Array, to: HostPort): void {
    if (!this.#pair.closed) this.#pair.rtcp.send(packet, to.port, reached(this.#pair.host, to.address));
  }

  close(): void {
    if (this.#remote !== null) this.#pair.remove(this.#remote, this.#sink);
    this.#remote = null;
  }
}
