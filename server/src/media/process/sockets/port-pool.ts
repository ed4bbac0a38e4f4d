import type { Random } from '../../../base/random.ts';

/** A pair found taken is left alone for this long, unless nothing else is left. */
const restMs = 5_000;

/** Which of the processes that share a range this one is. */
export interface PortShare {
  readonly index: number;
  readonly of: number;
}

/**
 * Even ports of a range, each standing for itself (RTP) and the odd one above (RTCP).
 *
 * Every process draws from the whole range: an organization lives in one process and must not find it full while others
 * are idle. Processes keep out of each other's way without talking: every `of`th pair is a process's own and goes
 * first; the others come when those are used up, in an order of its own, so that a try meets a taken pair only as often
 * as pairs are taken. One that a bind found taken (by a sibling or another program) is remembered and passed over for a
 * while.
 *
 * Free pairs go round: the longest unused first, so that packets of an old call do not fall into a new one.
 */
export class PortPool {
  readonly #first: number;
  readonly #share: PortShare;
  readonly #own: Ring;
  readonly #others: Ring;
  /** Port → when it was found taken, the longest ago first. */
  readonly #taken = new Map<number, number>();
  /** The last that was wanted was not there. */
  #vain = false;

  /** `from` and `to` inclusive. */
  constructor(from: number, to: number, random: Random, share: PortShare = { index: 0, of: 1 }) {
    this.#first = from + (from & 1);
    this.#share = share;
    const pairs = Math.max(0, Math.floor((to - this.#first + 1) / 2));
    const ports = Array.from({ length: pairs }, (_, i) => this.#first + 2 * i);
    shuffle(ports, random);
    this.#own = new Ring(ports.filter((port) => this.#isOwn(port)));
    this.#others = new Ring(ports.filter((port) => !this.#isOwn(port)));
  }

  /** The best port to try, or null when all are in use or were found taken lately. */
  take(nowMs: number): number | null {
    const port = this.#own.shift() ?? this.#others.shift();
    if (port !== null) return port;
    const [oldest] = this.#taken;
    if (oldest === undefined || nowMs - oldest[1] < restMs) return null;
    this.#taken.delete(oldest[0]);
    return oldest[0];
  }

  /** When `take` has none left: of those found taken lately the longest ago, or null. */
  takeAgain(): number | null {
    const [port] = this.#taken.keys();
    if (port === undefined) return null;
    this.#taken.delete(port);
    return port;
  }

  /** A port that was taken from the pool and is free now. */
  giveBack(port: number): void {
    (this.#isOwn(port) ? this.#own : this.#others).push(port);
  }

  /** A port that was taken from the pool and that somebody else has. */
  foundTaken(port: number, nowMs: number): void {
    this.#taken.set(port, nowMs);
  }

  /** Whether a pair that was wanted could be had. */
  tried(found: boolean): void {
    this.#vain = !found;
  }

  /** There is none: all are in use, or when one was wanted last, those that were not had been taken by others. */
  get usedUp(): boolean {
    return this.#own.empty && this.#others.empty && (this.#vain || this.#taken.size === 0);
  }

  #isOwn(port: number): boolean {
    return ((port - this.#first) / 2) % this.#share.of === this.#share.index;
  }
}

/** First in, first out, in a fixed space. */
class Ring {
  readonly #ports: Uint16Array;
  #head = 0;
  #count: number;

  constructor(ports: readonly number[]) {
    this.#ports = Uint16Array.from(ports);
    this.#count = ports.length;
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  shift(): number | null {
    if (this.#count === 0) return null;
    const port = this.#ports[this.#head]!;
    this.#head = (this.#head + 1) % this.#ports.length;
    this.#count--;
    return port;
  }

  push(port: number): void {
    if (this.#count === this.#ports.length) return;
    this.#ports[(this.#head + this.#count) % this.#ports.length] = port;
    this.#count++;
  }
}

function shuffle(ports: number[], random: Random): void {
  for (let i = ports.length - 1; i > 0; i--) {
    const other = random.int(i + 1);
    [ports[i], ports[other]] = [ports[other]!, ports[i]!];
  }
}
