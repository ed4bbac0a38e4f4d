import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Clock, Timer } from '../../../base/clock.ts';
import type { HostPort } from '../../../base/host-port.ts';
import { ipVersion, isLoopback } from '../../../base/ip-address.ts';

/** Ports of this machine that are let in at once; a browser has one or two for each call. */
const mostVisitors = 512;
/** Whoever has sent nothing for so long is gone: consent (RFC 7675) is asked for every five seconds. */
const silentMs = 30_000;
/** A host's, behind those that the library gathers (RFC 8445 §5.1.2.1). */
const priority = 126 * 2 ** 24 + 1000 * 2 ** 8 + 255;

export interface OwnAddress {
  readonly address: string;
  readonly internal: boolean;
}

/**
 * Firefox sends from the network addresses of its machine, and from none of them to a loopback address. Where that is
 * all there is, so that only this machine gets in, it would find no way. So there is another entrance at a network
 * address, which lets in this machine alone. It is there while there are legs.
 */
export class LoopbackEntrances {
  readonly #clock: Clock;
  readonly #port: number;
  readonly #ownAddresses: () => readonly OwnAddress[];
  /** By the address at which they are: that of a laptop changes. */
  readonly #open = new Map<string, Entrance>();

  constructor(clock: Clock, port: number, ownAddresses = addressesOfThisMachine) {
    this.#clock = clock;
    this.#port = port;
    this.#ownAddresses = ownAddresses;
  }

  /** Null: there is no need of one, or no network address. Whoever gets one leaves it once. */
  async enter(bind: string): Promise<Entered | null> {
    if (!isLoopback(bind)) return null;
    const all = this.#ownAddresses();
    const outward = all.find(({ address, internal }) => !internal && isOutward(address, ipVersion(bind)));
    if (outward === undefined) return null;
    const { address } = outward;
    const entrance = this.#open.get(address) ?? new Entrance(this.#clock, address, { address: bind, port: this.#port });
    this.#open.set(address, entrance);
    entrance.legs++;
    const leave = () => {
      if (--entrance.legs > 0) return;
      entrance.close();
      if (this.#open.get(address) === entrance) this.#open.delete(address);
    };
    const port = await entrance.opened;
    if (port === null) {
      leave();
      return null;
    }
    entrance.letIn(all.map((own) => own.address));
    return { candidate: `2 1 UDP ${priority} ${address} ${port} typ host`, leave };
  }
}

interface Entered {
  /** RFC 8839 §5.1. */
  readonly candidate: string;
  readonly leave: () => void;
}

interface Visitor {
  readonly socket: Socket;
  seenMs: number;
}

/** One address. Each port that comes is a port of the same address for the library, which answers it there. */
class Entrance {
  legs = 0;
  /** Its port; null: it cannot be had. */
  readonly opened: Promise<number | null>;
  readonly #clock: Clock;
  readonly #address: string;
  readonly #inside: HostPort;
  readonly #socket: Socket;
  readonly #visitors = new Map<string, Visitor>();
  #own: ReadonlySet<string> = new Set();
  #timer: Timer | null = null;
  #closed = false;

  constructor(clock: Clock, address: string, inside: HostPort) {
    this.#clock = clock;
    this.#address = address;
    this.#inside = inside;
    this.#socket = udpSocket(address);
    this.#socket.on('message', (packet, from) => this.#take(packet, from));
    this.opened = new Promise((resolve) => {
      this.#socket.once('error', () => resolve(null));
      this.#socket.bind({ address, port: 0, exclusive: true }, () => resolve(this.#socket.address().port));
    });
    this.#look();
  }

  /** Nobody but who has one of these addresses: the kernel takes no packet from the network that names one of them. */
  letIn(own: readonly string[]): void {
    this.#own = new Set(own);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#socket.close();
    for (const { socket } of this.#visitors.values()) socket.close();
    this.#visitors.clear();
  }

  #take(packet: Buffer, { address, port }: RemoteInfo): void {
    if (this.#closed || !this.#own.has(address)) return;
    const name = `${address} ${port}`;
    const visitor = this.#visitors.get(name) ?? this.#visit(name, { address, port });
    if (visitor === null) return;
    visitor.seenMs = this.#clock.monotonic();
    visitor.socket.send(packet, this.#inside.port, this.#inside.address, lost);
  }

  #visit(name: string, { address, port }: HostPort): Visitor | null {
    if (this.#visitors.size >= mostVisitors) return null;
    // At the same address: Firefox refuses to be known by a loopback address.
    const socket = udpSocket(this.#address);
    socket.bind({ address: this.#address, port: 0, exclusive: true });
    socket.on('message', (packet, from) => {
      if (this.#closed || from.port !== this.#inside.port || from.address !== this.#inside.address) return;
      this.#socket.send(packet, port, address, lost);
    });
    const visitor = { socket, seenMs: 0 };
    this.#visitors.set(name, visitor);
    return visitor;
  }

  #look(): void {
    this.#timer = this.#clock.setTimer(silentMs, () => {
      const nowMs = this.#clock.monotonic();
      for (const [name, { socket, seenMs }] of this.#visitors) {
        if (nowMs - seenMs < silentMs) continue;
        this.#visitors.delete(name);
        socket.close();
      }
      this.#look();
    });
  }
}

/** Packets get lost on the way anywhere. */
const lost = () => {};

function udpSocket(address: string): Socket {
  const socket = createSocket(ipVersion(address) === 6 ? 'udp6' : 'udp4');
  socket.on('error', lost);
  return socket;
}

function isOutward(address: string, version: number): boolean {
  return ipVersion(address) === version && !/^(fe80|169\.254)/i.test(address);
}

function addressesOfThisMachine(): readonly OwnAddress[] {
  return Object.values(networkInterfaces()).flatMap((list) => list ?? []);
}
