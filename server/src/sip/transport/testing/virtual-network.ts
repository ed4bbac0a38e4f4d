import { AppError } from '../../../base/app-error.ts';
import type { Clock } from '../../../base/clock.ts';
import type { HostPort } from '../../../base/host-port.ts';
import type { Random } from '../../../base/random.ts';
import type { SipRequest, SipResponse } from '../../message/message.ts';
import { defaultParseLimits, type ParseFailure } from '../../message/parse.ts';
import type { Flow, TransportKind } from '../flow.ts';
import { newCounters, receiveMessage, replyAddress, type TransportCounters } from '../receive.ts';
import type { Transport } from '../transport.ts';

export interface VirtualNetworkOptions {
  clock: Clock;
  random: Random;
  /** Share of datagrams that are lost, 0 to 1. Reliable flows lose nothing. */
  loss?: number;
  delayMs?: number;
  /** Up to so much more delay for each datagram, so that they overtake each other. */
  jitterMs?: number;
}

/** A network in memory that joins transports for tests, with the clock's time and seeded loss and delay. */
export class VirtualNetwork {
  loss: number;
  delayMs: number;
  jitterMs: number;
  /** Sees every message sent; false loses it, whatever the flow. */
  filter: (bytes: Buffer, from: HostPort, to: HostPort) => boolean = () => true;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #hosts = new Map<string, VirtualTransport>();

  constructor(options: VirtualNetworkOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.loss = options.loss ?? 0;
    this.delayMs = options.delayMs ?? 0;
    this.jitterMs = options.jitterMs ?? 0;
  }

  /** A transport that has this address, for every kind. */
  attach(local: HostPort): VirtualTransport {
    const transport = new VirtualTransport(this, local);
    this.#hosts.set(keyOf(local), transport);
    return transport;
  }

  detach(local: HostPort): void {
    this.#hosts.delete(keyOf(local));
  }

  carry(flow: Flow, bytes: Buffer, onError: ((error: Error) => void) | undefined): void {
    const { local, remote, kind } = flow;
    if (!this.filter(bytes, local, remote)) return;
    if (flow.reliable && (flow.closed || !this.#hosts.has(keyOf(remote)))) {
      if (onError !== undefined)
        this.#clock.setTimer(0, () => onError(new AppError('unavailable', 'Connection refused.')));
      return;
    }
    let delay = this.delayMs;
    if (!flow.reliable) {
      if (this.loss > 0 && this.#random.int(1_000_000) < this.loss * 1_000_000) return;
      if (this.jitterMs > 0) delay += this.#random.int(this.jitterMs + 1);
    }
    const copy = Buffer.from(bytes);
    this.#clock.setTimer(delay, () => this.#hosts.get(keyOf(remote))?.deliver(kind, local, copy));
  }
}

/** One host on the virtual network. */
export class VirtualTransport implements Transport {
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void = () => {};
  onInvalid: (failure: ParseFailure, flow: Flow) => void = () => {};
  onFlowClosed: (flow: Flow, reason: string) => void = () => {};
  readonly counters: TransportCounters = newCounters();
  readonly local: HostPort;
  readonly #network: VirtualNetwork;
  readonly #flows = new Map<string, VirtualFlow>();

  constructor(network: VirtualNetwork, local: HostPort) {
    this.#network = network;
    this.local = local;
  }

  /** As the real layer's: there is nothing to bind. */
  async listen(_kind: TransportKind, _host: string, _port: number): Promise<HostPort> {
    return this.local;
  }

  async listenAlike(_kinds: readonly TransportKind[], _host: string, _port: number): Promise<HostPort> {
    return this.local;
  }

  flowTo(kind: TransportKind, remote: HostPort): Flow {
    const key = `${kind}:${keyOf(remote)}`;
    let flow = this.#flows.get(key);
    if (flow === undefined || flow.closed) {
      flow = new VirtualFlow(kind, this.local, remote, (way, bytes, onError) => {
        this.counters.messagesOut++;
        this.#network.carry(way, bytes, onError);
      });
      this.#flows.set(key, flow);
    }
    return flow;
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    return flow.reliable && !flow.closed ? flow : this.flowTo(flow.kind, replyAddress(request, flow));
  }

  deliver(kind: TransportKind, from: HostPort, bytes: Buffer): void {
    receiveMessage(this, bytes, this.flowTo(kind, from), defaultParseLimits, this.counters);
  }

  /** Breaks a connection. */
  closeFlow(flow: Flow, reason = 'closed by the test'): void {
    const own = this.#flows.get(`${flow.kind}:${keyOf(flow.remote)}`);
    if (own === undefined || own.closed) return;
    own.closed = true;
    this.onFlowClosed(own, reason);
  }

  /** As the real layer: no flow is of use any more, and nobody is told so one by one. */
  async close(): Promise<void> {
    this.#network.detach(this.local);
    for (const flow of this.#flows.values()) flow.closed = true;
  }
}

let nextFlow = 1;

class VirtualFlow implements Flow {
  readonly id: string;
  readonly kind: TransportKind;
  readonly reliable: boolean;
  readonly local: HostPort;
  readonly remote: HostPort;
  closed = false;
  readonly #carry: VirtualNetwork['carry'];

  constructor(kind: TransportKind, local: HostPort, remote: HostPort, carry: VirtualNetwork['carry']) {
    this.#carry = carry;
    this.kind = kind;
    this.reliable = kind !== 'udp';
    this.local = local;
    this.remote = remote;
    this.id = kind === 'udp' ? `udp:${keyOf(local)}-${keyOf(remote)}` : `${kind}:${nextFlow++}:${keyOf(remote)}`;
  }

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    this.#carry(this, bytes, onError);
  }
}

function keyOf(address: HostPort): string {
  return `${address.address}:${address.port}`;
}
