import { isIPv6 } from 'node:net';
import { AppError } from '../../base/app-error.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from './flow.ts';
import type { LocalAddress } from './local-address.ts';
import { replyAddress, type TransportCounters } from './receive.ts';
import type { TransportOfKind } from './transport.ts';
import { type UdpEvents, UdpFlow, UdpSocket } from './udp-socket.ts';

interface UdpOptions extends UdpEvents {
  readonly counters: TransportCounters;
  readonly addresses: LocalAddress;
  readonly advertise: string | null;
}

/** The UDP sockets; what goes out by itself goes from the first of its family. */
export class UdpTransport implements TransportOfKind {
  readonly #options: UdpOptions;
  readonly #sockets: UdpSocket[] = [];

  constructor(options: UdpOptions) {
    this.#options = options;
  }

  /** The address of the first socket; null when there is none. */
  get bound(): HostPort | null {
    return this.#sockets[0]?.bound ?? null;
  }

  async listen(host: string, port: number): Promise<HostPort> {
    const { addresses, advertise, counters } = this.#options;
    const socket = new UdpSocket(host, addresses, advertise, counters, this.#options);
    try {
      const bound = await socket.bind(host, port);
      this.#sockets.push(socket);
      return bound;
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  async unlisten(bound: HostPort): Promise<void> {
    const at = this.#sockets.findIndex((socket) => socket.bound === bound);
    if (at >= 0) await this.#sockets.splice(at, 1)[0]?.close();
  }

  flowTo(remote: HostPort, beside: Flow | null): Flow {
    const family = isIPv6(remote.address) ? 6 : 4;
    if (beside instanceof UdpFlow && beside.socket.family === family && !beside.closed) {
      return new UdpFlow(beside.socket, remote);
    }
    const socket = this.#sockets.find((candidate) => candidate.family === family) ?? this.#sockets[0];
    if (socket === undefined) throw new AppError('invalidState', 'There is no UDP socket to send from.');
    return new UdpFlow(socket, remote);
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    const address = replyAddress(request, flow);
    return address === flow.remote ? flow : this.flowTo(address, flow);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}
