import type { Leg } from './leg.ts';

/**
 * Every leg from its first message until signalling and media are both closed. A hunt is found by its id like a leg;
 * what is counted is the legs in it.
 */
export class LegTable {
  readonly #legs = new Map<string, Leg>();
  readonly #hunts = new Map<string, Leg>();
  #empty: (() => void)[] = [];

  get size(): number {
    return this.#legs.size;
  }

  get(legId: string): Leg | null {
    return this.#legs.get(legId) ?? this.#hunts.get(legId) ?? null;
  }

  add(leg: Leg): void {
    this.#legs.set(leg.id, leg);
  }

  /** Several legs that are one to the call model. */
  addHunt(hunt: Leg): void {
    this.#hunts.set(hunt.id, hunt);
  }

  remove(leg: Leg): void {
    const known = this.#legs.delete(leg.id) || this.#hunts.delete(leg.id);
    if (!known || this.#legs.size + this.#hunts.size > 0) return;
    for (const resolve of this.#empty.splice(0)) resolve();
  }

  /** Hunts first: who ends them ends their legs. */
  all(): Leg[] {
    return [...this.#hunts.values(), ...this.#legs.values()];
  }

  counts(): { readonly incoming: number; readonly outgoing: number } {
    let incoming = 0;
    for (const leg of this.#legs.values()) if (leg.direction === 'incoming') incoming++;
    return { incoming, outgoing: this.#legs.size - incoming };
  }

  /** Resolves when the last one is gone. */
  empty(): Promise<void> {
    if (this.#legs.size + this.#hunts.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }
}
