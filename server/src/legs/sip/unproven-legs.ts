import { sourceKey } from '../../base/source-key.ts';

/**
 * Legs of guests who have not shown yet that they are where they say: before its ACK an INVITE may have been sent in anybody's name,
 * and each holds a pair of ports for up to 32 s. So that such legs leave ports for everybody else, there may be only so many of them, and
 * of one source a quarter of that.
 */
export class UnprovenLegs {
  readonly #most: number;
  readonly #mostPerSource: number;
  readonly #sourceOf = new Map<string, string>();
  readonly #perSource = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
    this.#mostPerSource = Math.ceil(most / 4);
  }

  get count(): number {
    return this.#sourceOf.size;
  }

  /** Whether one more from `address` may come. */
  mayCome(address: string): boolean {
    const ofSource = this.#perSource.get(sourceKey(address)) ?? 0;
    return this.#sourceOf.size < this.#most && ofSource < this.#mostPerSource;
  }

  add(legId: string, address: string): void {
    const source = sourceKey(address);
    this.#sourceOf.set(legId, source);
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
  }

  /** The leg was confirmed, or is gone. Idempotent. */
  remove(legId: string): void {
    const source = this.#sourceOf.get(legId);
    if (source === undefined) return;
    this.#sourceOf.delete(legId);
    const left = (this.#perSource.get(source) ?? 1) - 1;
    if (left > 0) this.#perSource.set(source, left);
    else this.#perSource.delete(source);
  }
}
