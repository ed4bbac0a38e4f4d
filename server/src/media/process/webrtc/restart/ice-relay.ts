import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { HostPort } from '../../../../base/host-port.ts';
import { ipVersion } from '../../../../base/ip-address.ts';
import { CommandError } from '../../../channel/protocol.ts';
import type { DatagramPair, OpenPair } from '../../sockets/datagram-pair.ts';
import type { TransportStats } from '../../transport/leg-transport.ts';
import type { IceNames } from '../ice-names.ts';
import {
  attributeOf,
  attributes,
  bindingError,
  bindingRequest,
  bindingSuccess,
  isProven,
  readStun,
  type StunMessage,
} from '../stun-message.ts';
import { isNamed, requestAs, responseAs } from './check-translation.ts';
import { type Known, KnownAddresses } from './known-addresses.ts';

export interface IceRelayOptions {
  /** Where the browser will come. */
  readonly openPair: OpenPair;
  /** Where the library is. */
  readonly inside: HostPort;
  /** As the library knows the browser, for as long as there is the leg. */
  readonly lasting: IceNames;
  /** What the library takes for its own address: any other would be a new candidate. */
  readonly local: HostPort;
  /** Of the leg: what is dropped is counted there. */
  readonly stats: TransportStats;
}

/** Requests of the browser that the library has not answered yet. */
const mostAsked = 64;

/**
 * A browser that has restarted ICE (RFC 8445 §9), for a library that cannot: to the browser it is the new ICE session,
 * to the library another address of the same browser in the session that there always was. Checks are translated,
 * everything else (DTLS, SRTP; RFC 7983) goes through as it is, so that the keys stay agreed.
 *
 *    browser ⇄ a pair of the leg ports ⇄ a port of this machine ⇄ the library
 *
 *   opening → open → closed
 */
export class IceRelay {
  readonly #options: IceRelayOptions;
  readonly #known = new KnownAddresses();
  /** By which a browser has proven itself. */
  #current: IceNames | null = null;
  /** Those that were agreed last, until it has. */
  #next: IceNames | null = null;
  readonly #asked = new Map<string, Known>();
  #pair: DatagramPair | null = null;
  #inner: Socket | null = null;
  #closed = false;

  constructor(options: IceRelayOptions) {
    this.#options = options;
  }

  /** Its port. Rejects as `OpenPair` does, or with CommandError `failed`, also when it was closed meanwhile. */
  async open(): Promise<number> {
    const { inside, openPair } = this.#options;
    const pair = await openPair((...came) => this.#takeFromBrowser(...came), ignore);
    const inner = await boundAt(inside.address).catch((error) => {
      pair.close();
      throw error;
    });
    if (this.#closed) {
      pair.close();
      inner.close();
      throw new CommandError('failed', 'closed while it opened');
    }
    this.#pair = pair;
    this.#inner = inner;
    inner.on('message', (packet, { address, port }) => {
      if (port === inside.port && address === inside.address) this.#takeFromLibrary(packet);
    });
    return pair.port;
  }

  /** What a browser is known by from its next check on; those before are good until then. */
  restart(names: IceNames): void {
    this.#next = names;
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pair?.close();
    this.#inner?.close();
    this.#asked.clear();
  }

  #takeFromBrowser(packet: Buffer, address: string, port: number, nowMs: number): void {
    const first = packet[0] ?? 0xff;
    if (first < 4) {
      this.#takeCheck(packet, { address, port }, nowMs);
      return;
    }
    const { stats } = this.#options;
    if (!isMedia(first)) {
      stats.invalid++;
      return;
    }
    const known = this.#known.at(address, port, nowMs);
    if (known === null) {
      stats.foreign++;
      return;
    }
    this.#known.heard(known, nowMs);
    this.#toLibrary(packet);
  }

  #takeCheck(packet: Buffer, from: HostPort, nowMs: number): void {
    const { stats } = this.#options;
    const message = readStun(packet);
    if (message === null) {
      stats.invalid++;
      return;
    }
    const translated =
      message.type === bindingRequest ? this.#ask(message, from, nowMs) : this.#answer(message, from, nowMs);
    if (translated === null) stats.foreign++;
    else this.#toLibrary(translated);
  }

  /** A request of the browser. Null: it is none of its. */
  #ask(request: StunMessage, from: HostPort, nowMs: number): Buffer | null {
    const { lasting } = this.#options;
    const names = [this.#current, this.#next].find((one) => one !== null && isNamed(request, one.ours, one.theirs));
    if (names == null || !isProven(request, names.ours.pwd)) return null;
    if (names === this.#next) {
      this.#current = names;
      this.#next = null;
    }
    const nominates = attributeOf(request, attributes.useCandidate) !== null;
    const known = this.#known.prove(from, names, nominates, nowMs);
    // Answered by what it asked with, whatever else is agreed meanwhile.
    this.#asked.set(keyOf(request), { ...known });
    if (this.#asked.size > mostAsked) this.#asked.delete(this.#asked.keys().next().value ?? '');
    return requestAs(request, lasting.ours, lasting.theirs, true);
  }

  /** An answer of the browser. Null: it is none of its, or nothing that is waited for. */
  #answer(response: StunMessage, { address, port }: HostPort, nowMs: number): Buffer | null {
    if (response.type !== bindingSuccess && response.type !== bindingError) return null;
    const { lasting, local } = this.#options;
    const known = this.#known.at(address, port, nowMs);
    if (known === null) return null;
    const isProof = (names: IceNames | null) => names !== null && isProven(response, names.theirs.pwd);
    const mayLackProof = response.type === bindingError && response.signed === null;
    if (!mayLackProof && !isProof(known.names) && !isProof(this.#current)) return null;
    return responseAs(response, lasting.theirs, local);
  }

  #takeFromLibrary(packet: Buffer): void {
    const first = packet[0] ?? 0xff;
    const to = this.#known.chosen;
    if (to === null) return;
    if (first >= 4) {
      this.#toBrowser(packet, to);
      return;
    }
    const message = readStun(packet);
    if (message === null) return;
    if (message.type === bindingRequest) {
      const { lasting } = this.#options;
      // Of a session that it does not know.
      if (!isNamed(message, lasting.theirs, lasting.ours)) return;
      this.#toBrowser(requestAs(message, to.names.theirs, to.names.ours, false), to);
      return;
    }
    const key = keyOf(message);
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    this.#toBrowser(responseAs(message, asked.names.ours, asked), asked);
  }

  #toBrowser(packet: Uint8Array, { address, port }: HostPort): void {
    if (!this.#closed) this.#pair?.sendRtp(packet, port, address);
  }

  /** What came is good until the listener returns only. */
  #toLibrary(packet: Buffer): void {
    const { address, port } = this.#options.inside;
    if (!this.#closed) this.#inner?.send(Buffer.from(packet), port, address, ignore);
  }
}

/** Any port of this address, for packets to and from the library. */
async function boundAt(address: string): Promise<Socket> {
  const socket = createSocket(ipVersion(address) === 6 ? 'udp6' : 'udp4');
  try {
    socket.bind({ address, port: 0, exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw new CommandError('failed', `no port at ${address}: ${String(error)}`);
  }
  // Later failures are those of single packets.
  socket.on('error', ignore);
  return socket;
}

/** DTLS, or SRTP with its RTCP (RFC 7983 §7). */
function isMedia(first: number): boolean {
  return (first >= 20 && first < 64) || (first >= 128 && first < 192);
}

function keyOf({ transaction }: StunMessage): string {
  return transaction.toString('latin1');
}

/** Packets get lost on the way anywhere. */
function ignore(): void {}
