import type { Clock } from '../../base/clock.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Referral } from '../../sip/user-agent.ts';

/** How long a phone may take to hear that its call was sent on, before it is told that the call is over, ms. */
const hearsWithinMs = 4000;

/** What the phone of a leg has asked to have done with its call (REFER), and has not heard the end of. */
export class PhoneTransfer {
  readonly #clock: Clock;
  #referral: Referral | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): boolean {
    return this.#referral !== null;
  }

  begin(referral: Referral): void {
    this.#referral = referral;
  }

  rings(): void {
    this.#referral?.progress(180);
  }

  /** With this final status. */
  over(status: number): void {
    const referral = this.#referral;
    this.#referral = null;
    void referral?.end(status);
  }

  /** The leg ends, by `bye`: after the phone has heard that it is for what it asked for. */
  leave(cause: Cause, bye: () => void): void {
    const referral = this.#referral;
    if (cause !== 'transfer' || referral === null) {
      bye();
      return;
    }
    this.#referral = null;
    let said = false;
    const once = (): void => {
      timer.cancel();
      if (!said) bye();
      said = true;
    };
    const timer = this.#clock.setTimer(hearsWithinMs, once);
    void referral.end(200).then(once);
  }
}
