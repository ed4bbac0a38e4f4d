import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../../base/clock.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { DatagramPair, PacketListener } from './datagram-pair.ts';
import { type MakeSockets, type MediaSockets, noFaults } from './media-sockets.ts';
import { Outlet } from './outlet.ts';
import { pairFromPool } from './pair-from-pool.ts';
import type { PortPool } from './port-pool.ts';

/** Addresses are already numbers: the answer is the question, at once. Keeps the resolver out of every packet. */
const noLookup = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
  done(null, host, host.includes(':') ? 6 : 4);

/** Sockets of Node.js, on any system: each packet is a system call in and one out. */
export class DgramSockets implements MediaSockets {
  readonly kind = 'dgram';
  readonly faults = noFaults();
  ticking = false;
  readonly #clock: Clock;
  readonly #beforePacket: (nowMs: number) => void;
  readonly #pairs = new Set<DgramPair>();

  constructor(clock: Clock, beforePacket: (nowMs: number) => void) {
    this.#clock = clock;
    this.#beforePacket = beforePacket;
  }

  async open(bind: string, ports: PortPool, onRtp: PacketListener, onRtcp: PacketListener): Promise<DatagramPair> {
    const { port, pair } = await pairFromPool(bind, ports, this.#clock, (at) => bindPair(bind, at));
    pair.rtp.on('message', this.#heardBy(onRtp));
    pair.rtcp.on('message', this.#heardBy(onRtcp));
    const opened: DgramPair = new DgramPair(
      bind,
      port,
      pair,
      () => void this.faults.unsent++,
      () => {
        this.#pairs.delete(opened);
        ports.giveBack(port);
      },
    );
    this.#pairs.add(opened);
    return opened;
  }

  // What is sent leaves at once, and what comes is told by the event loop.
  beforeTick(): void {}
  flush(): void {}

  close(): void {
    for (const pair of [...this.#pairs]) pair.close();
  }

  #heardBy(listener: PacketListener): (packet: Buffer, from: RemoteInfo) => void {
    return (packet, { address, port }) => {
      const nowMs = this.#clock.monotonic();
      this.#beforePacket(nowMs);
      listener(packet, address, port, nowMs);
    };
  }
}

interface BoundPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
}

/** A leg's two sockets: RTP on an even port, RTCP on the odd one above. Send errors are counted, never thrown. */
class DgramPair implements DatagramPair {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly #sockets: BoundPair;
  readonly #rtp: Outlet;
  readonly #rtcp: Outlet;
  readonly #onError: () => void;
  readonly #onClosed: () => void;
  #closed = false;

  constructor(address: string, port: number, sockets: BoundPair, onError: () => void, onClosed: () => void) {
    this.address = address;
    this.port = port;
    this.rtcpPort = port + 1;
    this.#sockets = sockets;
    this.#rtp = new Outlet(sockets.rtp);
    this.#rtcp = new Outlet(sockets.rtcp);
    this.#onError = onError;
    this.#onClosed = onClosed;
    sockets.rtp.on('error', onError);
    sockets.rtcp.on('error', onError);
  }

  sendRtp(packet: Uint8Array, port: number, address: string): void {
    this.#send(this.#rtp, packet, port, address);
  }

  sendRtcp(packet: Uint8Array, port: number, address: string): void {
    this.#send(this.#rtcp, packet, port, address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sockets.rtp.close();
    this.#sockets.rtcp.close();
    this.#onClosed();
  }

  /** A datagram may come from port 0 (RFC 768), to which none can be sent: Node throws there. */
  #send(outlet: Outlet, packet: Uint8Array, port: number, address: string): void {
    if (this.#closed) return;
    if (port === 0 || port > 65_535 || !outlet.send(packet, port, address)) this.#onError();
  }
}

async function bindPair(address: string, port: number): Promise<BoundPair | null> {
  const rtp = await bindSocket(address, port);
  if (rtp === null) return null;
  const rtcp = await bindSocket(address, port + 1).catch((error) => {
    rtp.close();
    throw error;
  });
  if (rtcp !== null) return { rtp, rtcp };
  rtp.close();
  return null;
}

/** The bound socket, or null when the port is taken; throws CommandError `failed` on an address that is not ours. */
function bindSocket(address: string, port: number): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', lookup: noLookup as never });
    const failed = (error: NodeJS.ErrnoException) => {
      socket.close();
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(new CommandError('failed', `cannot bind ${address}:${port}: ${error.message}`));
    };
    socket.once('error', failed);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeListener('error', failed);
      resolve(socket);
    });
  });
}

export const nodesSockets: MakeSockets = (clock, beforePacket) => new DgramSockets(clock, beforePacket);
