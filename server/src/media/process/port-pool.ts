import type { Random } from '../../base/random.ts';

/**
 * Even ports of a range, each standing for itself (RTP) and the odd one above (RTCP). Taken in a circle from a random
 * start, so that a port given back rests as long as possible: packets of an old call do not fall into a new one.
 */
export class PortPool {
  readonly #ring: Uint16Array;
  #head = 0;
  #count: number;

  /** `from` and `to` inclusive. */
  constructor(from: number, to: number, random: Random) {
    const first = from + (from & 1);
    const pairs = Math.max(0, Math.floor((to - first + 1) / 2));
    this.#ring = new Uint16Array(pairs);
    this.#count = pairs;
    const start = pairs === 0 ? 0 : random.int(pairs);
    for (let i = 0; i < pairs; i++) this.#ring[i] = first + 2 * ((start + i) % pairs);
  }

  /** Pairs left to take. */
  get free(): number {
    return this.#count;
  }

  /** The port longest unused, or null when all are taken. */
  take(): number | null {
    if (this.#count === 0) return null;
    const port = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#count--;
    return port;
  }

  giveBack(port: number): void {
    if (this.#count === this.#ring.length) return;
    this.#ring[(this.#head + this.#count) % this.#ring.length] = port;
    this.#count++;
  }
}
