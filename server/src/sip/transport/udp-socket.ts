import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AppError } from '../../base/app-error.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Flow, WireTap } from './flow.ts';
import type { LocalAddress } from './local-address.ts';
import type { TransportCounters } from './receive.ts';

/** Room for what arrives while the process is busy; the system may allow less. */
const receiveBuffer = 4 * 1024 * 1024;
/** The most that fits into one IPv4 datagram. */
const maxDatagram = 65_507;

export interface UdpEvents {
  onDatagram(bytes: Buffer, flow: UdpFlow): void;
  onError(error: Error): void;
  readonly tap?: WireTap | undefined;
}

/** One bound UDP socket. */
export class UdpSocket {
  readonly family: 4 | 6;
  readonly tap: WireTap | undefined;
  readonly #socket: Socket;
  readonly #addresses: LocalAddress;
  readonly #advertise: string | null;
  readonly #counters: TransportCounters;
  #local: HostPort = { address: '', port: 0 };
  #closed = false;
  readonly #onSent: (error: Error | null) => void;

  constructor(
    host: string,
    addresses: LocalAddress,
    advertise: string | null,
    counters: TransportCounters,
    events: UdpEvents,
  ) {
    this.family = isIPv6(host) ? 6 : 4;
    this.tap = events.tap;
    this.#addresses = addresses;
    this.#advertise = advertise;
    this.#counters = counters;
    this.#socket = createSocket({
      type: this.family === 6 ? 'udp6' : 'udp4',
      ipv6Only: this.family === 6,
      // Only addresses are ever sent to: no look-up, so that nothing waits.
      lookup: (hostname, _options, callback) => callback(null, hostname, this.family),
    });
    this.#socket.on('message', (bytes, from) => {
      events.onDatagram(bytes, new UdpFlow(this, { address: from.address, port: from.port }));
    });
    this.#socket.on('error', (error) => events.onError(error));
    this.#onSent = (error) => {
      if (error !== null && error !== undefined) events.onError(error);
    };
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bound(): HostPort {
    return this.#local;
  }

  /** Our address as `remote` may use it. */
  localTowards(remote: HostPort): HostPort {
    const { address, port } = this.#local;
    if (this.#advertise !== null) return { address: this.#advertise, port };
    return { address: this.#addresses.towards(address, remote.address), port };
  }

  bind(host: string, port: number): Promise<HostPort> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind({ port, address: host, exclusive: true }, () => {
        this.#socket.off('error', reject);
        try {
          this.#socket.setRecvBufferSize(receiveBuffer);
        } catch {
          // The system's default has to do.
        }
        const { address, port: boundPort } = this.#socket.address();
        this.#local = { address, port: boundPort };
        resolve(this.#local);
      });
    });
  }

  send(bytes: Buffer, remote: HostPort, onError: ((error: Error) => void) | undefined): void {
    this.#counters.messagesOut++;
    const problem = this.#closed
      ? 'The socket is closed.'
      : bytes.length > maxDatagram
        ? 'The message does not fit into a datagram.'
        : remote.port < 1 || remote.port > 65_535
          ? 'The port is out of range.'
          : isIPv6(remote.address) !== (this.family === 6)
            ? 'The address is of another family than the socket.'
            : null;
    const report = onError ?? this.#onSent;
    if (problem !== null) {
      queueMicrotask(() => report(new AppError('unavailable', problem)));
      return;
    }
    const done = onError === undefined ? this.#onSent : (error: Error | null) => error && onError(error);
    try {
      this.#socket.send(bytes, remote.port, remote.address, done);
    } catch (error) {
      queueMicrotask(() => report(error as Error));
    }
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

/** A peer's address seen from one of our UDP sockets; made for each datagram, equal by `id`. */
export class UdpFlow implements Flow {
  readonly kind = 'udp';
  readonly reliable = false;
  readonly remote: HostPort;
  readonly socket: UdpSocket;

  constructor(socket: UdpSocket, remote: HostPort) {
    this.socket = socket;
    this.remote = remote;
  }

  get id(): string {
    return `udp:${this.socket.bound.address}:${this.socket.bound.port}-${this.remote.address}:${this.remote.port}`;
  }

  get local(): HostPort {
    return this.socket.localTowards(this.remote);
  }

  get closed(): boolean {
    return this.socket.closed;
  }

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    this.socket.tap?.sent(bytes, this);
    this.socket.send(bytes, this.remote, onError);
  }
}
