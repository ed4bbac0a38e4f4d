import type { Leg } from '../leg.ts';
import type { SipLeg } from './sip-leg.ts';

/** Which legs lead over which trunk, so that they can be ended when it is known to be gone. */
export class TrunkLegs {
  readonly #trunks = new Map<Leg, { readonly leg: SipLeg; readonly trunk: string }>();

  add(leg: SipLeg, trunk: string): void {
    if (leg.state !== 'closed') this.#trunks.set(leg, { leg, trunk });
  }

  closed(leg: Leg): void {
    this.#trunks.delete(leg);
  }

  /** Nobody is there any more: ends all of its legs; how many there were. */
  gone(trunk: string): number {
    const there = [...this.#trunks.values()].filter((one) => one.trunk === trunk);
    for (const { leg } of there) leg.peerGone('networkNotObtainable');
    return there.length;
  }
}
