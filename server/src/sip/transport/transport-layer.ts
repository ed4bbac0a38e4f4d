import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Log } from '../../base/log.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { defaultParseLimits, type ParseFailure, type ParseLimits, parseMessage } from '../message/parse.ts';
import { reasonPhrases } from '../message/response.ts';
import { type ConnectionPlaces, ConnectionTable, defaultConnectionPlaces } from './connection-places.ts';
import type { Flow, TransportKind } from './flow.ts';
import { LocalAddress } from './local-address.ts';
import { newCounters, receiveMessage, replyAddress, stampVia, type TransportCounters } from './receive.ts';
import { TcpConnection, type TcpEvents, type TcpLimits } from './tcp-connection.ts';
import type { Transport } from './transport.ts';
import { UdpFlow, UdpSocket } from './udp-socket.ts';

export type { Flow, TransportKind } from './flow.ts';
export type { Transport } from './transport.ts';

export interface TransportLimits extends TcpLimits, ConnectionPlaces {
  parse: ParseLimits;
}

export const defaultTransportLimits: TransportLimits = {
  parse: defaultParseLimits,
  ...defaultConnectionPlaces,
  writeBytes: 1024 * 1024,
  connectMs: 10_000,
  messageMs: 10_000,
  silentMs: 30_000,
  idleMs: 2 * 3_600_000,
};

export interface TransportOptions {
  clock: Clock;
  log: Log;
  limits?: Partial<TransportLimits>;
  /** The address that peers reach us at, when it is not that of the socket (behind a NAT). */
  advertise?: string | null;
  /** Whether a message from there is taken now; asked before it is parsed. */
  admit?: (flow: Flow, nowMs: number) => boolean;
  /** Whether a phone or a carrier is there that has proven itself: its connection is kept when places are few. */
  isProven?: (flow: Flow) => boolean;
}

const sweepMs = 1_000;

/** The UDP and TCP sockets of the process (RFC 3261 §18). */
export class TransportLayer implements Transport {
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void = () => {};
  onInvalid: (failure: ParseFailure, flow: Flow) => void = () => {};
  onFlowClosed: (flow: Flow, reason: string) => void = () => {};
  readonly counters: TransportCounters = newCounters();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: TransportLimits;
  readonly #advertise: string | null;
  readonly #admit: (flow: Flow, nowMs: number) => boolean;
  readonly #addresses: LocalAddress;
  readonly #udp: UdpSocket[] = [];
  readonly #servers: { server: Server; bound: HostPort }[] = [];
  readonly #connections = new Set<TcpConnection>();
  readonly #byRemote = new Map<string, TcpConnection>();
  readonly #places: ConnectionTable;
  readonly #tcpEvents: TcpEvents;
  #nextConnection = 1;
  #sweep: Timer | null = null;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#limits = { ...defaultTransportLimits, ...options.limits };
    this.#advertise = options.advertise ?? null;
    this.#admit = options.admit ?? (() => true);
    this.#places = new ConnectionTable(this.#limits, options.isProven ?? (() => false));
    this.#addresses = new LocalAddress(options.clock);
    this.#tcpEvents = {
      onMessage: (bytes, flow) => {
        this.#places.touched(flow);
        this.#guard(() => this.#receive(bytes, flow));
      },
      onPing: () => void this.counters.keepAlives++,
      onBroken: (status, head, flow) => this.#guard(() => this.#receiveBroken(status, head, flow)),
      onClosed: (flow, reason) => this.#forget(flow, reason),
    };
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Binds a socket; port 0 picks a free one. Rejects with the system's error when the address cannot be had. */
  async listen(kind: 'udp' | 'tcp', host: string, port: number): Promise<HostPort> {
    if (kind === 'tcp') return await this.#listenTcp(host, port);
    const socket = new UdpSocket(host, this.#addresses, this.#advertise, {
      onDatagram: (bytes, flow) => this.#guard(() => this.#receiveDatagram(bytes, flow)),
      onError: (error) => {
        this.counters.sendErrors++;
        this.#log.debug({ error: error.message }, 'UDP socket error');
      },
    });
    let bound: HostPort;
    try {
      bound = await socket.bind(host, port);
    } catch (error) {
      await socket.close();
      throw error;
    }
    this.#udp.push(socket);
    return bound;
  }

  flowTo(kind: TransportKind, remote: HostPort): Flow {
    if (kind === 'udp') {
      const family = isIPv6(remote.address) ? 6 : 4;
      const socket = this.#udp.find((candidate) => candidate.family === family) ?? this.#udp[0];
      if (socket === undefined) throw new AppError('invalidState', 'There is no UDP socket to send from.');
      return new UdpFlow(socket, remote);
    }
    if (kind !== 'tcp') throw new AppError('invalidArgument', `There is no ${kind} transport.`);
    const existing = this.#byRemote.get(keyOf(remote));
    if (existing !== undefined && !existing.closed) return existing;
    this.counters.connectionsOut++;
    return this.#adopt(remote, this.#localOf(remote), null);
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    if (flow instanceof UdpFlow) {
      const address = replyAddress(request, flow);
      return address === flow.remote ? flow : new UdpFlow(flow.socket, address);
    }
    return flow.closed ? this.flowTo(flow.kind, replyAddress(request, flow)) : flow;
  }

  send(flow: Flow, bytes: Buffer, onError?: (error: Error) => void): void {
    this.counters.messagesOut++;
    if (flow instanceof UdpFlow) flow.socket.send(bytes, flow.remote, onError);
    else if (flow instanceof TcpConnection) flow.send(bytes, onError);
    else onError?.(new AppError('invalidArgument', 'The flow belongs to another transport.'));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sweep?.cancel();
    for (const connection of [...this.#connections]) connection.close('shutting down');
    await Promise.all([
      ...this.#udp.map((socket) => socket.close()),
      ...this.#servers.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    ]);
  }

  async #listenTcp(host: string, port: number): Promise<HostPort> {
    const server = createServer((socket) => this.#accept(socket, server));
    const bound = await new Promise<HostPort>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 1024, exclusive: true }, () => {
        server.off('error', reject);
        const address = server.address() as { address: string; port: number };
        resolve({ address: address.address, port: address.port });
      });
    });
    server.on('error', (error) => this.#log.warn({ error: error.message }, 'TCP listener error'));
    this.#servers.push({ server, bound });
    return bound;
  }

  #accept(socket: Socket, server: Server): void {
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined || this.#closed || !this.#places.mayCome(address)) {
      this.counters.connectionsRefused++;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.counters.connectionsIn++;
    const listening = this.#servers.find((entry) => entry.server === server)?.bound.port ?? socket.localPort ?? 0;
    this.#adopt({ address, port }, { address: socket.localAddress ?? address, port: listening }, socket);
  }

  #adopt(remote: HostPort, local: HostPort, socket: Socket | null): TcpConnection {
    const id = `tcp:${this.#nextConnection++}:${remote.address}:${remote.port}`;
    const limits = { ...this.#limits, framer: this.#limits.parse };
    const own = this.#advertise === null ? local : { address: this.#advertise, port: local.port };
    const connection = new TcpConnection(id, own, remote, limits, this.#tcpEvents, this.#clock.monotonic(), socket);
    this.#connections.add(connection);
    this.#byRemote.set(keyOf(remote), connection);
    this.#places.add(connection, socket !== null);
    this.#scheduleSweep();
    return connection;
  }

  #forget(connection: TcpConnection, reason: string): void {
    if (!this.#connections.delete(connection)) return;
    const key = keyOf(connection.remote);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    this.#places.remove(connection);
    this.#guard(() => this.onFlowClosed(connection, reason));
  }

  #scheduleSweep(): void {
    if (this.#sweep !== null || this.#closed) return;
    this.#sweep = this.#clock.setTimer(sweepMs, () => {
      this.#sweep = null;
      const now = this.#clock.monotonic();
      for (const connection of [...this.#connections]) connection.sweep(now);
      if (this.#connections.size > 0) this.#scheduleSweep();
    });
  }

  #localOf(remote: HostPort): HostPort {
    const family = isIPv6(remote.address);
    const entry = this.#servers.find(({ bound }) => isIPv6(bound.address) === family) ?? this.#servers[0];
    const bound = entry?.bound ?? this.#udp[0]?.bound ?? { address: family ? '::' : '0.0.0.0', port: 5060 };
    return { address: this.#addresses.towards(bound.address, remote.address), port: bound.port };
  }

  #receiveDatagram(bytes: Buffer, flow: UdpFlow): void {
    if (isKeepAlive(bytes)) this.counters.keepAlives++;
    else this.#receive(bytes, flow);
  }

  #receive(bytes: Buffer, flow: Flow): void {
    if (this.#admit(flow, this.#clock.monotonic())) {
      receiveMessage(this, bytes, flow, this.#limits.parse, this.counters);
    } else this.counters.refused++;
  }

  #receiveBroken(status: number, head: Buffer, flow: Flow): void {
    this.counters.invalid++;
    const result = parseMessage(head, this.#limits.parse);
    const message = result.ok ? result.message : result.partial;
    const partial = message instanceof SipRequest && message.method !== 'ACK' ? message : null;
    if (partial !== null) stampVia(partial, flow.remote);
    const reason = result.ok ? (reasonPhrases[status] ?? 'Bad Request') : result.reason;
    this.onInvalid({ ok: false, status, reason, partial }, flow);
  }

  /** Nothing may throw out of a socket handler: a bug costs one message, not the process. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (thrown) {
      this.counters.failures++;
      this.#log.error({ error: coerceError(thrown).stack }, 'SIP message handler failed');
    }
  }
}

function keyOf(remote: HostPort): string {
  return `${remote.address}:${remote.port}`;
}

/** What phones send to keep a NAT binding open: a few line breaks, NULs, or the `jaK` of some. */
function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) {
    if (byte !== 0 && byte !== 0x0d && byte !== 0x0a && byte !== 0x6a && byte !== 0x61 && byte !== 0x4b) return false;
  }
  return true;
}
