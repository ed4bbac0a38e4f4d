import type { SipLeg } from './sip-leg.ts';

/** Every leg from its first message until signalling and media are both closed. */
export class LegTable {
  readonly #legs = new Map<string, SipLeg>();
  #empty: (() => void)[] = [];

  get size(): number {
    return this.#legs.size;
  }

  get(legId: string): SipLeg | null {
    return this.#legs.get(legId) ?? null;
  }

  add(leg: SipLeg): void {
    this.#legs.set(leg.id, leg);
  }

  remove(leg: SipLeg): void {
    if (!this.#legs.delete(leg.id) || this.#legs.size > 0) return;
    for (const resolve of this.#empty.splice(0)) resolve();
  }

  all(): SipLeg[] {
    return [...this.#legs.values()];
  }

  counts(): { readonly incoming: number; readonly outgoing: number } {
    let incoming = 0;
    for (const leg of this.#legs.values()) if (leg.direction === 'incoming') incoming++;
    return { incoming, outgoing: this.#legs.size - incoming };
  }

  /** Resolves when the last one is gone. */
  empty(): Promise<void> {
    if (this.#legs.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }
}
