import { isIPv6, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Log } from '../../base/log.ts';
import type { SipRequest } from '../message/message.ts';
import type { FramerLimits } from '../message/stream-framer.ts';
import type { ConnectionTable } from './connection-places.ts';
import type { Flow, TransportKind, WireTap } from './flow.ts';
import type { LocalAddress } from './local-address.ts';
import { NoWay } from './no-way.ts';
import { replyAddress, type TransportCounters } from './receive.ts';
import { StreamConnection, type StreamContext, type StreamLimits } from './stream-connection.ts';
import type { TransportOfKind } from './transport.ts';
import { UnopenedConnection } from './unopened-connection.ts';

/** The sockets that streams of one kind run on. */
export interface StreamSockets {
  readonly kind: TransportKind;
  /** `accept` is told of every connection that comes. */
  serve(accept: (raw: Socket) => void): Server;
  /**
   * Has the stream of messages on an accepted connection opened, now or when it is its turn: `open` is told what it is
   * read from.
   */
  opening(raw: Socket, open: (socket: Socket) => void): void;
  /** Null: connections of this kind are not opened from here. */
  readonly connect: ((remote: HostPort) => Socket) | null;
}

interface StreamOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: StreamLimits & { readonly framer: FramerLimits };
  readonly counters: TransportCounters;
  readonly addresses: LocalAddress;
  /** Who may hold how many connections, of whatever kind. */
  readonly places: ConnectionTable;
  readonly advertise: string | null;
  readonly tap?: WireTap | undefined;
  /** Our address where nothing of this kind listens. */
  readonly elsewhere: (family: 4 | 6) => HostPort;
  onMessage(bytes: Buffer, flow: Flow): void;
  onBroken(status: number, head: Buffer, flow: Flow): void;
  onClosed(flow: Flow, reason: string): void;
}

const sweepMs = 1_000;

/** Connections of one kind (RFC 3261 §18), those that peers open and ours, by the address at their other end. */
export class StreamTransport implements TransportOfKind {
  readonly #sockets: StreamSockets;
  readonly #options: StreamOptions;
  readonly #context: StreamContext;
  readonly #listeners: { readonly server: Server; readonly bound: HostPort }[] = [];
  readonly #connections = new Set<StreamConnection>();
  readonly #unopened = new Set<UnopenedConnection>();
  readonly #byRemote = new Map<string, StreamConnection>();
  #next = 1;
  #sweep: Timer | null = null;
  #closed = false;

  constructor(sockets: StreamSockets, options: StreamOptions) {
    const { counters, limits, places } = options;
    this.#sockets = sockets;
    this.#options = options;
    this.#context = {
      kind: sockets.kind,
      limits,
      counters,
      tap: options.tap,
      events: {
        onMessage: (bytes, flow) => {
          places.touched(flow);
          options.onMessage(bytes, flow);
        },
        onPing: () => void counters.keepAlives++,
        onBroken: options.onBroken,
        onClosed: (flow, reason) => this.#forget(flow, reason),
      },
      connect: (remote) => sockets.connect!(remote),
    };
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connections.size + this.#unopened.size;
  }

  async listen(host: string, port: number): Promise<HostPort> {
    const server = this.#sockets.serve((raw) => this.#accept(raw, server));
    const bound = await new Promise<HostPort>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 1024, exclusive: true }, () => {
        server.off('error', reject);
        const address = server.address() as { address: string; port: number };
        resolve({ address: address.address, port: address.port });
      });
    });
    const { kind } = this.#sockets;
    server.on('error', (error) => this.#options.log.warn({ kind, error: error.message }, 'SIP listener error'));
    this.#listeners.push({ server, bound });
    return bound;
  }

  async unlisten(bound: HostPort): Promise<void> {
    const at = this.#listeners.findIndex((listener) => listener.bound === bound);
    const [gone] = at < 0 ? [] : this.#listeners.splice(at, 1);
    if (gone !== undefined) await new Promise<void>((resolve) => void gone.server.close(() => resolve()));
  }

  flowTo(remote: HostPort, beside: Flow | null): Flow {
    const existing = this.#byRemote.get(keyOf(remote));
    if (existing !== undefined && !existing.closed) return existing;
    const { kind, connect } = this.#sockets;
    const local = beside?.kind === kind ? beside.local : this.#localOf(remote);
    if (connect === null) return new NoWay(kind, local, remote);
    this.#options.counters.connectionsOut++;
    return this.#adopt(remote, local, null);
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    return flow.closed ? this.flowTo(replyAddress(request, flow), flow) : flow;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const connection of [...this.#connections]) connection.close('shutting down');
    for (const connection of this.#unopened) connection.close();
    await Promise.all(
      this.#listeners.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    );
  }

  #accept(raw: Socket, server: Server): void {
    const { counters, places } = this.#options;
    const { remoteAddress: address, remotePort: port } = raw;
    if (address === undefined || port === undefined || this.#closed || !places.mayCome(address)) {
      counters.connectionsRefused++;
      raw.on('error', () => {});
      raw.destroy();
      return;
    }
    counters.connectionsIn++;
    const listening = this.#listeners.find((entry) => entry.server === server)?.bound.port ?? raw.localPort ?? 0;
    const local = this.#shown({ address: raw.localAddress ?? address, port: listening });
    const remote = { address, port };
    let waiting: UnopenedConnection | null = null;
    let opened = false;
    this.#sockets.opening(raw, (socket) => {
      opened = true;
      if (waiting !== null) this.#waitsNoMore(waiting);
      this.#adopt(remote, local, socket);
    });
    if (opened) return;
    const waits = new UnopenedConnection(this.#sockets.kind, local, remote, raw);
    waiting = waits;
    this.#unopened.add(waits);
    places.add(waits, true);
    raw.once('close', () => this.#waitsNoMore(waits));
  }

  #waitsNoMore(unopened: UnopenedConnection): void {
    this.#unopened.delete(unopened);
    this.#options.places.remove(unopened);
  }

  #adopt(remote: HostPort, local: HostPort, socket: Socket | null): StreamConnection {
    const id = `${this.#sockets.kind}:${this.#next++}:${remote.address}:${remote.port}`;
    const now = this.#options.clock.monotonic();
    const connection = new StreamConnection(this.#context, id, local, remote, now, socket);
    this.#connections.add(connection);
    this.#byRemote.set(keyOf(remote), connection);
    this.#options.places.add(connection, socket !== null);
    this.#scheduleSweep();
    return connection;
  }

  #forget(connection: StreamConnection, reason: string): void {
    if (!this.#connections.delete(connection)) return;
    const key = keyOf(connection.remote);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    this.#options.places.remove(connection);
    this.#options.onClosed(connection, reason);
  }

  #scheduleSweep(): void {
    if (this.#sweep !== null || this.#closed) return;
    this.#sweep = this.#options.clock.setTimer(sweepMs, () => {
      this.#sweep = null;
      const now = this.#options.clock.monotonic();
      for (const connection of [...this.#connections]) connection.sweep(now);
      if (this.#connections.size > 0) this.#scheduleSweep();
    });
  }

  #localOf(remote: HostPort): HostPort {
    const family = isIPv6(remote.address);
    const listener = this.#listeners.find(({ bound }) => isIPv6(bound.address) === family) ?? this.#listeners[0];
    const bound = listener?.bound ?? this.#options.elsewhere(family ? 6 : 4);
    return this.#shown({ address: this.#options.addresses.towards(bound.address, remote.address), port: bound.port });
  }

  #shown(local: HostPort): HostPort {
    const { advertise } = this.#options;
    return advertise === null ? local : { address: advertise, port: local.port };
  }
}

function keyOf(remote: HostPort): string {
  return `${remote.address}:${remote.port}`;
}
