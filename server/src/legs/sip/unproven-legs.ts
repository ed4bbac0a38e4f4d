import { networkKey, sourceKey } from '../../base/source-key.ts';
import { SourceShares } from '../../base/source-shares.ts';

interface Held {
  readonly source: string;
  readonly network: string | null;
}

/**
 * Legs of guests who have not shown yet that they are where they say: before its ACK an INVITE may have been sent in
 * anybody's name, and each holds a pair of ports for up to 32 s. So that such legs leave ports for everybody else,
 * there may be only so many of them, and of one source a quarter of that; of an IPv6 site, which has sources without
 * end, half.
 */
export class UnprovenLegs {
  readonly #shares: SourceShares;
  readonly #networks: SourceShares;
  readonly #held = new Map<string, Held>();

  constructor(most: number) {
    this.#shares = new SourceShares(most, Math.ceil(most / 4));
    this.#networks = new SourceShares(most, Math.ceil(most / 2));
  }

  get count(): number {
    return this.#held.size;
  }

  /** Whether one more from `address` may come. */
  mayCome(address: string): boolean {
    const network = networkKey(address);
    return this.#shares.mayTake(sourceKey(address), 1) && (network === null || this.#networks.mayTake(network, 1));
  }

  add(legId: string, address: string): void {
    if (!this.mayCome(address)) return;
    const [source, network] = [sourceKey(address), networkKey(address)];
    this.#shares.take(source, 1);
    if (network !== null) this.#networks.take(network, 1);
    this.#held.set(legId, { source, network });
  }

  /** The leg was confirmed, or is gone. Idempotent. */
  remove(legId: string): void {
    const held = this.#held.get(legId);
    if (held === undefined) return;
    this.#held.delete(legId);
    this.#shares.giveBack(held.source, 1);
    if (held.network !== null) this.#networks.giveBack(held.network, 1);
  }
}
