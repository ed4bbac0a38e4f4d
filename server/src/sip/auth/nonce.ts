import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';

/**
 * Nonces that need no memory until they are used (RFC 7616 §3.3):
 *
 *    0          6            12                28
 *   +----------+------------+------------------+
 *   | issued   | random     | HMAC-SHA-256/128 |   base64url, 38 characters
 *   | ms, 48 b | 48 bits    | of these and the |
 *   |          |            | source address   |
 *   +----------+------------+------------------+
 *
 * Bound to the address it was sent to, so that nobody can fail with it in another's name and get that other banned.
 * Only a nonce that came back with a right response takes a place in the table of nonce counts.
 */

/** `issued` and `random`. */
const headBytes = 12;
const macBytes = 16;
/** Requests of one client may overtake each other; counts this far behind the highest are still told apart. */
const countWindow = 32;

interface Seen {
  highest: number;
  /** Bit i set: count `highest - i` was used. */
  bits: number;
  readonly issuedAt: number;
}

export type NonceUse = 'fresh' | 'stale' | 'replay';

export class NonceKeeper {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #lifetimeMs: number;
  readonly #maxRemembered: number;
  readonly #key: Buffer;
  readonly #seen = new Map<string, Seen>();
  /** Nonces issued up to here that are not in the table count as stale: their place may have been given away. */
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  constructor(options: { clock: Clock; random: Random; lifetimeMs: number; maxRemembered: number }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#lifetimeMs = options.lifetimeMs;
    this.#maxRemembered = options.maxRemembered;
    this.#key = Buffer.from(options.random.bytes(32));
  }

  issue(source: string): string {
    const bytes = Buffer.allocUnsafe(headBytes + macBytes);
    bytes.writeUIntBE(this.#time(), 0, 6);
    this.#random.bytes(6).copy(bytes, 6);
    this.#mac(bytes.subarray(0, headBytes), source).copy(bytes, headBytes, 0, macBytes);
    return bytes.toString('base64url');
  }

  /** When we gave this nonce to this source; null when we did not. */
  issuedAt(nonce: string, source: string): number | null {
    if (nonce.length !== 38) return null;
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== headBytes + macBytes) return null;
    const mac = this.#mac(bytes.subarray(0, headBytes), source).subarray(0, macBytes);
    return timingSafeEqual(mac, bytes.subarray(headBytes)) ? bytes.readUIntBE(0, 6) : null;
  }

  /** Takes one use of a nonce of ours; `count` is nc, or null from a client without qop, which gets one use in all. */
  use(nonce: string, issuedAt: number, count: number | null): NonceUse {
    if (this.#time() - issuedAt > this.#lifetimeMs) return 'stale';
    const entry = this.#seen.get(nonce);
    if (entry === undefined) {
      if (issuedAt <= this.#forgottenUntil) return 'stale';
      this.#remember(nonce, { highest: count ?? 0xffff_ffff, bits: 1, issuedAt });
      return 'fresh';
    }
    if (count === null) return 'replay';
    const ahead = count - entry.highest;
    if (ahead > 0) {
      entry.bits = ahead >= countWindow ? 1 : (entry.bits << ahead) | 1;
      entry.highest = count;
      return 'fresh';
    }
    const bit = -ahead >= countWindow ? 0 : 1 << -ahead;
    if (bit === 0 || (entry.bits & bit) !== 0) return 'replay';
    entry.bits |= bit;
    return 'fresh';
  }

  #remember(nonce: string, entry: Seen): void {
    // Oldest use first: enough to drop what has expired, and to make room when the table is full.
    for (const [key, old] of this.#seen) {
      const expired = this.#time() - old.issuedAt > this.#lifetimeMs;
      if (!expired && this.#seen.size < this.#maxRemembered) break;
      this.#seen.delete(key);
      if (!expired) this.#forgottenUntil = Math.max(this.#forgottenUntil, old.issuedAt);
    }
    this.#seen.set(nonce, entry);
  }

  #mac(head: Buffer, source: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(source).digest();
  }

  #time(): number {
    return Math.floor(this.#clock.monotonic());
  }
}
