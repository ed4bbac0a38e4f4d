import { randomBytes } from 'node:crypto';

/** The only source of randomness; injected, so that a seeded run repeats. */
export interface Random {
  /** `count` random bytes. */
  bytes(count: number): Buffer;
  /** A whole number in [0, limit); limit at most 2^32. */
  int(limit: number): number;
}

/** Cryptographically strong, with a small pool so that short identifiers cost no system call each. */
class SystemRandom implements Random {
  #pool = Buffer.alloc(0);
  #offset = 0;

  bytes(count: number): Buffer {
    if (count > 1024) return randomBytes(count);
    if (this.#offset + count > this.#pool.length) {
      this.#pool = randomBytes(8192);
      this.#offset = 0;
    }
    const start = this.#offset;
    this.#offset += count;
    return this.#pool.subarray(start, this.#offset);
  }

  int(limit: number): number {
    // Rejection keeps every value equally likely.
    const ceiling = Math.floor(0x1_0000_0000 / limit) * limit;
    for (;;) {
      const value = this.bytes(4).readUInt32LE(0);
      if (value < ceiling) return value % limit;
    }
  }
}

export const systemRandom: Random = new SystemRandom();

/** Repeatable (mulberry32); for tests and simulations, never for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  bytes(count: number): Buffer {
    const out = Buffer.alloc(count);
    for (let i = 0; i < count; i++) out[i] = this.#next() & 0xff;
    return out;
  }

  int(limit: number): number {
    return this.#next() % limit;
  }

  /** A number in [0, 1). */
  float(): number {
    return this.#next() / 0x1_0000_0000;
  }
}
