import { Reception, type ReceptionOptions } from './reception.ts';
import type { SipLeg } from './sip-leg.ts';

/** Everybody who is being asked for something, by leg. */
export class Receptions {
  readonly #byLeg = new Map<string, Reception>();

  get size(): number {
    return this.#byLeg.size;
  }

  begin(options: Omit<ReceptionOptions, 'over'>): void {
    const { id } = options.leg;
    const reception = new Reception({ ...options, over: () => this.#byLeg.delete(id) });
    this.#byLeg.set(id, reception);
    reception.begin();
  }

  /** The reception that listens to this leg. */
  of(leg: SipLeg): Reception | null {
    return this.#byLeg.get(leg.id) ?? null;
  }

  /** The leg is gone. */
  closed(leg: SipLeg): void {
    this.#byLeg.get(leg.id)?.end();
  }
}
