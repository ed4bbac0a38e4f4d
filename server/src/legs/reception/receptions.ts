import type { Leg } from '../leg.ts';
import { type Guest, Reception, type ReceptionParts } from './reception.ts';

/** Everybody who is being asked for something, by leg. */
export class Receptions {
  readonly #parts: ReceptionParts;
  /** Of the conferences that somebody is received for. */
  readonly seats: ReceptionParts['seats'];
  readonly #byLeg = new Map<string, Reception>();

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.seats = parts.seats;
  }

  get size(): number {
    return this.#byLeg.size;
  }

  receive(guest: Guest): void {
    const { id } = guest.leg;
    const reception = new Reception({ ...this.#parts, ...guest, over: () => this.#byLeg.delete(id) });
    // It may be over at once.
    this.#byLeg.set(id, reception);
    reception.begin();
  }

  /** The reception that listens to this leg. */
  of(leg: Leg): Reception | null {
    return this.#byLeg.get(leg.id) ?? null;
  }

  /** The leg is gone. */
  closed(leg: Leg): void {
    this.#byLeg.get(leg.id)?.end();
  }
}
