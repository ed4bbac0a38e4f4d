import type { Clock, Timer } from '../../base/clock.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Negotiated } from '../../sdp/offer-answer.ts';
import type { InviteSession } from '../../sip/user-agent.ts';

interface WatchedLeg {
  readonly clock: Clock;
  /** How long one that should send may be silent although it answers; null: for ever. */
  readonly silenceMs: number | null;
  /** The session while it stands. */
  readonly session: () => InviteSession | null;
  /** Says that the media is lost, once. */
  lost(reason: string): void;
  end(cause: Cause): void;
}

/** A leg whose media died is cleared by its call; should the call not come to it, the leg goes by itself after this. */
const lostGraceMs = 3000;
/** Questions in a row that could not be put to a phone; then it counts as gone. */
const unreachableLimit = 2;

/** Whether a phone is still there: its media, and while that is silent its signalling. */
export class LegWatch {
  readonly #leg: WatchedLeg;
  #probing = false;
  #unreachable = 0;
  #lost: Timer | null = null;

  constructor(leg: WatchedLeg) {
    this.#leg = leg;
  }

  /**
   * Nothing was heard for long. A phone may be silent as long as it likes (muted, on hold, RFC 3551 §4.1), so it is
   * asked whether it is still there.
   */
  silent(silentMs: number, { remoteHeld, direction }: Negotiated): void {
    const { silenceMs } = this.#leg;
    const shouldSend = !remoteHeld && (direction === 'sendrecv' || direction === 'recvonly');
    if (shouldSend && silenceMs !== null && silentMs >= silenceMs) {
      this.lost(`nothing was received for ${silentMs} ms`);
    } else void this.#probe();
  }

  /** The media leg is of no use any more: its call ends the leg, and if it does not, the leg ends itself. */
  lost(reason: string): void {
    if (this.#lost !== null) return;
    this.#lost = this.#leg.clock.setTimer(lostGraceMs, () => this.#leg.end('mediaFailure'));
    this.#leg.lost(reason);
  }

  close(): void {
    this.#lost?.cancel();
  }

  /** A phone that does not know the call, or does not answer, ends its session, and so the leg. */
  async #probe(): Promise<void> {
    const session = this.#leg.session();
    if (session === null || this.#probing) return;
    this.#probing = true;
    const status = await session.probe();
    this.#probing = false;
    this.#unreachable = status === 503 ? this.#unreachable + 1 : 0;
    if (this.#unreachable >= unreachableLimit) this.#leg.end('timeout');
  }
}
