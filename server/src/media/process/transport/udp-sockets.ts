import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { CommandError } from '../../channel/protocol.ts';
import type { DatagramPair, PacketListener } from './datagram-pair.ts';
import type { PortPool } from './port-pool.ts';

/** So many pairs that were found taken only just are tried again before a leg is refused. */
const mostAgain = 16;
/** After so many taken pairs in a row the media's tick gets its turn. */
const triesInARow = 32;

/** Addresses are already numbers: the answer is the question, at once. Keeps the resolver out of every packet. */
const noLookup = (host: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
  done(null, host, host.includes(':') ? 6 : 4);

/** A leg's two sockets: RTP on an even port, RTCP on the odd one above. Send errors are counted, never thrown. */
export class UdpSockets implements DatagramPair {
  readonly address: string;
  readonly port: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #ports: PortPool;
  #closed = false;
  sendErrors = 0;

  private constructor(address: string, port: number, rtp: Socket, rtcp: Socket, ports: PortPool) {
    this.address = address;
    this.port = port;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#ports = ports;
    const count = () => void this.sendErrors++;
    rtp.on('error', count);
    rtcp.on('error', count);
  }

  /** Binds a pair from the pool; throws CommandError `exhausted` when there is none. */
  static async open(
    bind: string,
    ports: PortPool,
    nowMs: number,
    onRtp: PacketListener,
    onRtcp: PacketListener,
  ): Promise<UdpSockets> {
    let again = mostAgain;
    for (let tries = 1; ; tries++) {
      // `take` ends: what is found taken now is not given again at this time.
      const port = ports.take(nowMs) ?? (again-- > 0 ? ports.takeAgain() : null);
      if (port === null) break;
      const pair = await bindPair(bind, port).catch((error) => {
        ports.giveBack(port);
        throw error;
      });
      if (pair === null) {
        ports.foundTaken(port, nowMs);
        if (tries % triesInARow === 0) await setImmediate();
        continue;
      }
      pair.rtp.on('message', onRtp);
      pair.rtcp.on('message', onRtcp);
      return new UdpSockets(bind, port, pair.rtp, pair.rtcp, ports);
    }
    throw new CommandError('exhausted', `no free RTP port pair on ${bind}`);
  }

  get rtcpPort(): number {
    return this.port + 1;
  }

  sendRtp(packet: Uint8Array, port: number, address: string): void {
    this.#rtp.send(packet, port, address);
  }

  sendRtcp(packet: Uint8Array, port: number, address: string): void {
    if (!this.#closed) this.#rtcp.send(packet, port, address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp.close();
    this.#ports.giveBack(this.port);
  }
}

async function bindPair(address: string, port: number): Promise<{ rtp: Socket; rtcp: Socket } | null> {
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
