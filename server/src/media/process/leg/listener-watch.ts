/** So long after the last sign of a peer it is asked for one, ms; and again after as long. */
const askAfterMs = 1000;
/** Who answers when asked is missed after this time, ms: one answer, with its way back and forth, is late. */
const answersMs = 1800;
/**
 * Who answers nothing, but reports by itself, is missed when a report is missing as well as the one before might have
 * been lost, ms: twice the longest time between two (RFC 3550 §6.2, without the compensation, as browsers count it).
 */
const reportsMs = 8000;
const fewestReports = 2;

/**
 * Whether a peer that only listens is still there. No sound of it can be missed, so it is asked: by a packet whose
 * arrival it reports at once.
 */
export class ListenerWatch {
  #there = false;
  #askedMs = 0;
  #signs = 0;
  #heardMs: number;

  /** What came until `sinceMs` was another way, or is none of its signs. */
  constructor(sinceMs: number) {
    this.#heardMs = sinceMs;
  }

  /** One look, a few times a second; gives what has changed, null when nothing has. */
  look(nowMs: number, peer: PeerSigns): boolean | null {
    if (peer.heardMs > this.#heardMs) {
      this.#heardMs = peer.heardMs;
      this.#signs++;
    }
    const there = !peer.over && this.#signs > 0 && nowMs - this.#heardMs < this.#patience(peer.answers);
    if (there === this.#there) return null;
    this.#there = there;
    return there;
  }

  /** Whether it is to be asked now. */
  asks(nowMs: number): boolean {
    if (this.#signs === 0 || nowMs - Math.max(this.#heardMs, this.#askedMs) < askAfterMs) return false;
    this.#askedMs = nowMs;
    return true;
  }

  #patience(answers: boolean): number {
    if (answers) return answersMs;
    // The first sign is the connection itself.
    return this.#signs > fewestReports ? reportsMs : Number.POSITIVE_INFINITY;
  }
}

/** What is known of a peer. */
export interface PeerSigns {
  /** When the last sign of life came; 0 before the first. */
  readonly heardMs: number;
  /** It has reported what it was asked for. */
  readonly answers: boolean;
  /** It has closed, or does not consent any more. */
  readonly over: boolean;
}
