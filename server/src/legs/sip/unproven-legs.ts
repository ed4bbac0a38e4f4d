import { sourceKey } from '../../base/source-key.ts';
import { SourceShares } from '../../base/source-shares.ts';

/**
 * Legs of guests who have not shown yet that they are where they say: before its ACK an INVITE may have been sent in
 * anybody's name, and each holds a pair of ports for up to 32 s. So that such legs leave ports for everybody else,
 * there may be only so many of them, and of one source a quarter of that.
 */
export class UnprovenLegs {
  readonly #shares: SourceShares;
  readonly #sourceOf = new Map<string, string>();

  constructor(most: number) {
    this.#shares = new SourceShares(most, Math.ceil(most / 4));
  }

  get count(): number {
    return this.#sourceOf.size;
  }

  /** Whether one more from `address` may come. */
  mayCome(address: string): boolean {
    return this.#shares.mayTake(sourceKey(address), 1);
  }

  add(legId: string, address: string): void {
    const source = sourceKey(address);
    if (this.#shares.take(source, 1)) this.#sourceOf.set(legId, source);
  }

  /** The leg was confirmed, or is gone. Idempotent. */
  remove(legId: string): void {
    const source = this.#sourceOf.get(legId);
    if (source === undefined) return;
    this.#sourceOf.delete(legId);
    this.#shares.giveBack(source, 1);
  }
}
