import type { LegReport } from '../../call/step/reports.ts';
import type { InviteSession } from '../../sip/user-agent.ts';

/**
 * The event that has a phone answer the call that rings, and take back the one that it holds; its subscription is
 * implied by the INVITE.
 */
export const talk = 'talk';

interface PhoneHoldOwner {
  /** null: there is none yet. */
  session(): InviteSession | null;
  report(report: LegReport): void;
}

/** Whether the phone of a leg holds by itself, and how it is asked to take back what it holds. */
export class PhoneHold {
  readonly #owner: PhoneHoldOwner;
  #held = false;
  /** Only one NOTIFY at a time. */
  #asking = false;
  /** It has named the event, and refused it. */
  #refuses = false;

  constructor(owner: PhoneHoldOwner) {
    this.#owner = owner;
  }

  /** By what the two sides agree on now. */
  agreed(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#tell();
    else this.#owner.report({ type: 'retrievedByPeer' });
  }

  /** That it does is known by its next offer. */
  takeBack(): void {
    const session = this.#owner.session();
    if (session === null || !this.#held || this.#asking) return;
    this.#asking = true;
    void session.notify(talk).then((status) => {
      this.#asking = false;
      if (status < 300 || this.#refuses) return;
      this.#refuses = true;
      if (this.#held && !session.ended) this.#tell();
    });
  }

  #tell(): void {
    const asked = !this.#refuses && this.#owner.session()?.takes(talk) === true;
    this.#owner.report({ type: 'heldByPeer', ...(asked ? { back: 'asked' } : {}) });
  }
}
