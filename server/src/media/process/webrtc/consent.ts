import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { openBeside, type PortBeside } from './port-beside.ts';
import { consentCheck, isProvenAnswer } from './stun-binding.ts';
import { transactionLength } from './stun-message.ts';

/** Who may be asked, as ICE agreed on it. */
export interface Asked {
  /** `<its name>:<ours>`. */
  readonly username: string;
  /** The peer's. */
  readonly password: string;
  /** Where packets go to it now; null: nowhere. */
  readonly address: () => { readonly address: string; readonly port: number } | null;
  readonly answered: () => void;
}

/** A check that was asked longer ago than so many others is not waited for. */
const mostOpen = 8;
/** So many of no check of ours in a second, and somebody makes them up. */
const mostStrays = 200;

/*
 * The transaction of a check, twelve bytes: what the kernel gives us answers by, who is asked, and the check:
 *
 *    begin (4)   whom (5)   which (3)
 */
const whomAt = 12;
const whichAt = 17;

/**
 * Asks peers whether they are there, and still want what they are sent: every one that speaks ICE has to answer (RFC
 * 7675, RFC 8445 §7.3). The library does so itself, but gives an answer thirty seconds and tells of none.
 */
export class Consent {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #port: number;
  readonly #peers = new Map<number, Asking>();
  #begin: number;
  #beside: PortBeside | null = null;
  /** It is being opened, or cannot be. */
  #tried = false;
  #strays = 0;
  #straysSinceMs = 0;

  constructor(clock: Clock, random: Random, port: number) {
    this.#clock = clock;
    this.#random = random;
    this.#port = port;
    this.#begin = random.bytes(4).readUInt32BE(0);
  }

  /** Whether there is a socket of ours at the port: where the library has none any more it cannot bind another. */
  get isOpen(): boolean {
    return this.#beside !== null;
  }

  with(asked: Asked): Asking {
    return new Asking(this, asked, this.#random.bytes(5).readUIntBE(0, 5));
  }

  /** One check. The first of all opens the socket, and does no more than that. */
  ask(asking: Asking): void {
    this.#peers.set(asking.whom, asking);
    const to = asking.asked.address();
    if (this.#beside === null) void this.#open();
    else if (to !== null) this.#send(this.#beside, asking, to);
  }

  forget(asking: Asking): void {
    this.#peers.delete(asking.whom);
    if (this.#peers.size === 0) this.close();
  }

  /** Until somebody is asked again. */
  close(): void {
    this.#beside?.socket.close();
    this.#beside = null;
    this.#tried = false;
  }

  async #open(): Promise<void> {
    if (this.#tried) return;
    this.#tried = true;
    const beside = await openBeside(this.#port, this.#begin);
    if (beside === null) return;
    // They may all have gone meanwhile, and others come.
    if (this.#peers.size === 0 || this.#beside !== null) {
      beside.socket.close();
      return;
    }
    this.#beside = beside;
    beside.socket.on('message', (message) => this.#take(message));
  }

  #send({ socket, family }: PortBeside, asking: Asking, to: { readonly address: string; readonly port: number }): void {
    const transaction = Buffer.alloc(transactionLength);
    transaction.writeUInt32BE(this.#begin, 0);
    transaction.writeUIntBE(asking.whom, 4, 5);
    transaction.writeUIntBE(asking.next(), 9, 3);
    const { username, password } = asking.asked;
    const address = family === 'IPv6' && !to.address.includes(':') ? `::ffff:${to.address}` : to.address;
    // Whether it left shows in the answer.
    socket.send(consentCheck(transaction, username, password), to.port, address, () => {});
  }

  #take(message: Buffer): void {
    const asking = message.length > whichAt + 3 ? this.#peers.get(message.readUIntBE(whomAt, 5)) : undefined;
    const which = asking === undefined ? 0 : message.readUIntBE(whichAt, 3);
    if (asking?.waitsFor(which) && isProvenAnswer(message, asking.asked.password)) asking.asked.answered();
    else this.#stray();
  }

  /** Who makes them up knows how ours begin: they begin otherwise from then on, and the others go the library's way. */
  #stray(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#straysSinceMs > 1000) {
      this.#straysSinceMs = nowMs;
      this.#strays = 0;
    }
    if (++this.#strays < mostStrays) return;
    this.#strays = 0;
    this.#begin = this.#random.bytes(4).readUInt32BE(0);
    if (this.#beside?.receive(this.#begin) === false) this.close();
  }
}

/** One peer that is asked. */
export class Asking {
  readonly whom: number;
  readonly asked: Asked;
  readonly #consent: Consent;
  #last = 0;

  constructor(consent: Consent, asked: Asked, whom: number) {
    this.#consent = consent;
    this.asked = asked;
    this.whom = whom;
  }

  ask(): void {
    this.#consent.ask(this);
  }

  /** Idempotent. */
  end(): void {
    this.#consent.forget(this);
  }

  next(): number {
    this.#last = (this.#last + 1) & 0xff_ffff;
    return this.#last;
  }

  waitsFor(which: number): boolean {
    return ((this.#last - which) & 0xff_ffff) < mostOpen;
  }
}
