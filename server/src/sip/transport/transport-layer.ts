import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Log } from '../../base/log.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { defaultParseLimits, type ParseFailure, type ParseLimits, parseMessage } from '../message/parse.ts';
import { reasonPhrases } from '../message/response.ts';
import { type ConnectionPlaces, ConnectionTable, defaultConnectionPlaces } from './connection-places.ts';
import type { Flow, TransportKind, WireTap } from './flow.ts';
import { LocalAddress } from './local-address.ts';
import { NoWay } from './no-way.ts';
import { newCounters, receiveMessage, stampVia, type TransportCounters } from './receive.ts';
import type { StreamLimits } from './stream-connection.ts';
import { type StreamSockets, StreamTransport } from './stream-transport.ts';
import { tcpSockets } from './tcp-sockets.ts';
import { type TlsKeys, tlsSockets } from './tls-sockets.ts';
import type { Transport, TransportOfKind } from './transport.ts';
import type { UdpFlow } from './udp-socket.ts';
import { UdpTransport } from './udp-transport.ts';

export type { Flow, TransportKind, WireTap } from './flow.ts';
export type { Transport } from './transport.ts';

/** Free ports tried until one is free for every kind. */
const mostPortTries = 20;

export interface TransportLimits extends StreamLimits, ConnectionPlaces {
  parse: ParseLimits;
}

const defaultTransportLimits: TransportLimits = {
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
  /** With these keys there is a TLS transport. */
  tls?: TlsKeys | null;
  /** Whether a message of so many bytes from there is taken now; asked before it is parsed. */
  admit?: (flow: Flow, nowMs: number, bytes: number) => boolean;
  /** Whether a phone or a carrier is there that has proven itself: its connection is kept when places are few. */
  isProven?: (flow: Flow) => boolean;
  /** Of what comes, it is shown what was admitted. */
  tap?: WireTap | undefined;
}

/** The sockets of the process by kind (RFC 3261 §18); another kind is one more entry. */
export class TransportLayer implements Transport {
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void = () => {};
  onInvalid: (failure: ParseFailure, flow: Flow) => void = () => {};
  onFlowClosed: (flow: Flow, reason: string) => void = () => {};
  readonly counters: TransportCounters = newCounters();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: TransportLimits;
  readonly #admit: (flow: Flow, nowMs: number, bytes: number) => boolean;
  readonly #tap: WireTap | undefined;
  readonly #streams: readonly StreamTransport[];
  readonly #kinds: ReadonlyMap<TransportKind, TransportOfKind>;
  readonly #tls: ReturnType<typeof tlsSockets> | null;
  #closed = false;

  constructor(options: TransportOptions) {
    const { advertise = null, clock, log } = options;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...defaultTransportLimits, ...options.limits };
    this.#admit = options.admit ?? (() => true);
    this.#tap = options.tap;
    const { tap } = options;
    const addresses = new LocalAddress(clock);
    const places = new ConnectionTable(this.#limits, options.isProven ?? (() => false));
    const { counters } = this;
    const udp = new UdpTransport({
      advertise,
      addresses,
      counters,
      tap,
      onDatagram: (bytes, flow) => this.#guard(() => this.#receiveDatagram(bytes, flow)),
      onError: (error) => {
        counters.sendErrors++;
        log.debug({ error: error.message }, 'UDP socket error');
      },
    });
    const stream = (sockets: StreamSockets) =>
      new StreamTransport(sockets, {
        clock,
        log,
        limits: { ...this.#limits, framer: this.#limits.parse },
        counters,
        addresses,
        places,
        advertise,
        tap,
        elsewhere: (family) => udp.bound ?? { address: family === 6 ? '::' : '0.0.0.0', port: 5060 },
        onMessage: (bytes, flow) => this.#guard(() => this.#receive(bytes, flow)),
        onBroken: (status, head, flow) => this.#guard(() => this.#receiveBroken(status, head, flow)),
        onClosed: (flow, reason) => this.#guard(() => this.onFlowClosed(flow, reason)),
      });
    this.#tls = options.tls ? tlsSockets(options.tls, clock) : null;
    const sockets = [tcpSockets, ...(this.#tls === null ? [] : [this.#tls])];
    const streams = new Map(sockets.map((one) => [one.kind, stream(one)]));
    this.#streams = [...streams.values()];
    this.#kinds = new Map<TransportKind, TransportOfKind>([['udp', udp], ...streams]);
  }

  /** The certificate for connections that begin from here on. */
  renewTls(keys: TlsKeys): void {
    this.#tls?.renew(keys);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#streams.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Binds one more socket of that kind; port 0 picks a free one. Rejects with the system's error when the address
   * cannot be had.
   */
  async listen(kind: TransportKind, host: string, port: number): Promise<HostPort> {
    const transport = this.#kinds.get(kind);
    if (transport === undefined) throw new AppError('invalidArgument', `There is no ${kind} transport.`);
    return await transport.listen(host, port);
  }

  /**
   * Binds a socket of each of these kinds at one port. Port 0 picks one that is free for all of them: what is free for
   * UDP may be taken for TCP.
   */
  async listenAlike(kinds: readonly TransportKind[], host: string, port: number): Promise<HostPort | null> {
    for (let left = mostPortTries; ; left--) {
      const bound: { readonly kind: TransportKind; readonly at: HostPort }[] = [];
      try {
        for (const kind of kinds) {
          const { port: free } = bound[0]?.at ?? { port };
          bound.push({ kind, at: await this.listen(kind, host, free) });
        }
        return bound[0]?.at ?? null;
      } catch (error) {
        for (const { kind, at } of bound) await this.#kinds.get(kind)?.unlisten(at);
        if (port !== 0 || left === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  flowTo(kind: TransportKind, remote: HostPort, beside: Flow | null = null): Flow {
    // What an earlier run with other listeners has written down.
    return this.#kinds.get(kind)?.flowTo(remote, beside) ?? new NoWay(kind, { address: '', port: 0 }, remote);
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    return this.#kinds.get(flow.kind)?.replyFlow(request, flow) ?? flow;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#kinds.values()].map((kind) => kind.close()));
  }

  #receiveDatagram(bytes: Buffer, flow: UdpFlow): void {
    if (isKeepAlive(bytes)) this.counters.keepAlives++;
    else this.#receive(bytes, flow);
  }

  #receive(bytes: Buffer, flow: Flow): void {
    if (this.#admit(flow, this.#clock.monotonic(), bytes.length)) {
      this.#tap?.received(bytes, flow);
      receiveMessage(this, bytes, flow, this.#limits.parse, this.counters);
    } else this.counters.refused++;
  }

  #receiveBroken(status: number, head: Buffer, flow: Flow): void {
    if (!this.#admit(flow, this.#clock.monotonic(), head.length)) {
      this.counters.refused++;
      return;
    }
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

/** What phones send to keep a NAT binding open: a few line breaks, NULs, or the `jaK` of some. */
function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) {
    if (byte !== 0 && byte !== 0x0d && byte !== 0x0a && byte !== 0x6a && byte !== 0x61 && byte !== 0x4b) return false;
  }
  return true;
}
