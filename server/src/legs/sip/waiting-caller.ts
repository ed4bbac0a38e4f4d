import type { IncomingInvite } from '../../sip/user-agent.ts';
import type { DescribedMedia } from './described-media.ts';

interface WaitingCallerOwner {
  readonly described: Pick<DescribedMedia, 'asked' | 'opened' | 'answerEarly'>;
  /** Nothing has been decided yet. */
  waits(): boolean;
  /** A 183 has answered the caller's offer. */
  describedEarly(): void;
}

/**
 * Whoever has called a leg, until it is answered: what it is told meanwhile, and whether it hears something already.
 */
export class WaitingCaller {
  readonly #owner: WaitingCallerOwner;
  #invite: IncomingInvite | null = null;
  /** The caller is known, not merely claims to be somebody. */
  #trusted = false;
  #early = false;

  constructor(owner: WaitingCallerOwner) {
    this.#owner = owner;
  }

  /** A 183 has answered the caller's offer, or is about to. */
  get early(): boolean {
    return this.#early;
  }

  receive(invite: IncomingInvite, trusted: boolean): void {
    this.#invite = invite;
    this.#trusted = trusted;
  }

  /**
   * 180; `early`: 183 with SDP as soon as there is a port, so that the caller hears what the called party's network
   * says.
   */
  ring(early: boolean): void {
    const { described } = this.#owner;
    if (!this.#owner.waits() || this.#early) return;
    if (!early || !this.#trusted || !described.asked) {
      this.#invite?.progress(180);
      return;
    }
    this.#early = true;
    described.opened.then(
      () => this.#ringEarly(),
      () => {},
    );
  }

  forwarded(): void {
    if (this.#owner.waits() && !this.#early) this.#invite?.progress(181);
  }

  #ringEarly(): void {
    if (!this.#owner.waits()) return;
    const answer = this.#owner.described.answerEarly();
    this.#invite?.progress(answer === null ? 180 : 183, answer ?? undefined);
    if (answer !== null) this.#owner.describedEarly();
  }
}
