import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../base/clock.ts';

/** How long what the system said of its interfaces is believed, in ms. */
const lifetime = 10_000;

interface Interface {
  readonly family: 4 | 6;
  readonly address: string;
  readonly internal: boolean;
  /** Address and mask of IPv4 as numbers. */
  readonly bits: number;
  readonly mask: number;
}

/** Finds which of our addresses a peer can answer to when a socket is bound to all of them. */
export class LocalAddress {
  readonly #clock: Clock;
  #interfaces: Interface[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `bound` itself unless it is a wildcard; else the address on the peer's network, or the first that leaves the
   * machine.
   */
  towards(bound: string, remote: string): string {
    if (bound !== '0.0.0.0' && bound !== '::') return bound;
    if (this.#clock.monotonic() - this.#readAt > lifetime) this.#read();
    const family = isIPv6(remote) ? 6 : 4;
    if (family === 6 && remote === '::1') return remote;
    const bits = family === 4 ? ipv4Bits(remote) : 0;
    let fallback: Interface | null = null;
    for (const candidate of this.#interfaces) {
      if (candidate.family !== family) continue;
      if (family === 4 && (candidate.bits & candidate.mask) === (bits & candidate.mask)) return candidate.address;
      if (fallback === null || (fallback.internal && !candidate.internal)) fallback = candidate;
    }
    return fallback?.address ?? (family === 6 ? '::1' : '127.0.0.1');
  }

  #read(): void {
    this.#readAt = this.#clock.monotonic();
    this.#interfaces = [];
    for (const list of Object.values(networkInterfaces())) {
      for (const { family, address, internal, netmask } of list ?? []) {
        if (family === 'IPv4') {
          this.#interfaces.push({ family: 4, address, internal, bits: ipv4Bits(address), mask: ipv4Bits(netmask) });
        } else if (!address.startsWith('fe80')) {
          this.#interfaces.push({ family: 6, address, internal, bits: 0, mask: 0 });
        }
      }
    }
  }
}

function ipv4Bits(address: string): number {
  let bits = 0;
  for (const part of address.split('.')) bits = (bits << 8) | (Number(part) & 0xff);
  return bits;
}
