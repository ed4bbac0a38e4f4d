import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '../../../../base/clock.ts';
import type { HostPort } from '../../../../base/host-port.ts';
import { ipVersion } from '../../../../base/ip-address.ts';
import type { Random } from '../../../../base/random.ts';
import { CommandError } from '../../../channel/protocol.ts';
import type { DatagramPair, OpenPair } from '../../sockets/datagram-pair.ts';
import type { TransportStats } from '../../transport/leg-transport.ts';
import { type IceNames, nameOf } from '../ice-names.ts';
import { consentCheck } from '../stun-binding.ts';
import {
  attributeOf,
  attributes,
  bindingError,
  bindingRequest,
  bindingSuccess,
  isProven,
  readStun,
  type StunMessage,
  transactionLength,
} from '../stun-message.ts';
import { isNamed, requestAs, responseAs } from './check-translation.ts';
import { type Known, KnownAddresses } from './known-addresses.ts';

export interface IceRelayOptions {
  readonly clock: Clock;
  readonly random: Random;
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

/** Requests of one side that the other has not answered yet. */
const mostOpen = 64;

/** A check of the browser. */
interface Question {
  readonly to: Known;
  /** By which it is to be answered, whatever else is agreed meanwhile. */
  readonly names: IceNames;
  /** The library waits for the answer. */
  readonly ofLibrary: boolean;
}

/**
 * A browser that has restarted ICE (RFC 8445 §9), for a library that cannot: to the browser it is the new ICE session,
 * to the library another address of the same browser in the session that there always was. Checks are translated,
 * everything else (DTLS, SRTP; RFC 7983) goes through as it is, so that the keys stay agreed. The library knows one
 * address, whichever the browser has: so it is asked here whether it is where its checks say (RFC 7675).
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
  /** What the browser has asked, and what it is asked, by transaction. */
  readonly #asked = new Map<string, Known>();
  readonly #questions = new Map<string, Question>();
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
    const inner = await towards(inside).catch((error) => {
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
    inner.on('message', (packet) => this.#takeFromLibrary(packet));
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
    this.#questions.clear();
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
    this.#question(known, nowMs);
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
    else if (translated !== 'taken') this.#toLibrary(translated);
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
    this.#question(known, nowMs);
    // Answered by what it asked with, whatever else is agreed meanwhile.
    keep(this.#asked, keyOf(request), { ...known });
    return requestAs(request, lasting.ours, lasting.theirs, true);
  }

  /**
   * An answer of the browser: `taken`, where the library did not ask. Null: it answers nothing that was asked there.
   */
  #answer(response: StunMessage, { address, port }: HostPort, nowMs: number): Buffer | 'taken' | null {
    const isSuccess = response.type === bindingSuccess;
    if (!isSuccess && response.type !== bindingError) return null;
    const key = keyOf(response);
    const question = this.#questions.get(key);
    if (question === undefined) return null;
    const { to, names, ofLibrary } = question;
    if (to.address !== address || to.port !== port) return null;
    const mayLackProof = !isSuccess && response.signed === null;
    if (!mayLackProof && !isProven(response, names.theirs.pwd)) return null;
    this.#questions.delete(key);
    if (isSuccess) this.#known.agreed(to, nowMs);
    const { lasting, local } = this.#options;
    return ofLibrary ? responseAs(response, lasting.theirs, local) : 'taken';
  }

  /** Asks the browser whether it is there, where that is to be known (RFC 8445 §7.3.1.4, RFC 7675 §5.1). */
  #question(to: Known, nowMs: number): void {
    if (!this.#known.asks(to, nowMs)) return;
    const { names } = to;
    const transaction = this.#options.random.bytes(transactionLength);
    keep(this.#questions, transaction.toString('latin1'), { to, names, ofLibrary: false });
    this.#toBrowser(consentCheck(transaction, nameOf(names.theirs, names.ours), names.theirs.pwd), to);
  }

  #takeFromLibrary(packet: Buffer): void {
    const first = packet[0] ?? 0xff;
    const nowMs = this.#options.clock.monotonic();
    if (first >= 4) {
      const to = this.#known.chosen(nowMs);
      if (to !== null) this.#toBrowser(packet, to);
      return;
    }
    const message = readStun(packet);
    if (message === null) return;
    if (message.type === bindingRequest) {
      const { lasting } = this.#options;
      const to = this.#known.asked(nowMs);
      // Of a session that it does not know.
      if (to === null || !isNamed(message, lasting.theirs, lasting.ours)) return;
      const { names } = to;
      keep(this.#questions, keyOf(message), { to, names, ofLibrary: true });
      this.#toBrowser(requestAs(message, names.theirs, names.ours, false), to);
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
    if (!this.#closed) this.#inner?.send(Buffer.from(packet), ignore);
  }
}

/** Any port of this machine, for packets to and from this one alone, however its address is written. */
async function towards({ address, port }: HostPort): Promise<Socket> {
  const socket = createSocket(ipVersion(address) === 6 ? 'udp6' : 'udp4');
  try {
    socket.bind({ address, port: 0, exclusive: true });
    await once(socket, 'listening');
    socket.connect(port, address);
    await once(socket, 'connect');
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

/** The oldest gives way. */
function keep<One>(open: Map<string, One>, key: string, one: One): void {
  open.set(key, one);
  if (open.size > mostOpen) open.delete(open.keys().next().value ?? '');
}

/** Packets get lost on the way anywhere. */
function ignore(): void {}
