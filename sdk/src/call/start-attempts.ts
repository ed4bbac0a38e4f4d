import { WhipRefusal } from '../session.ts';

/** Between two attempts to reach a server, ms; the last one for all that follow. */
export const pauses = [500, 1000, 2000, 4000];

/** Nobody answered, or only what stands before the server, which does not reach it either (RFC 9110 §15.6.3, .5). */
const notReached: ReadonlySet<number> = new Set([0, 502, 504]);

/** How often a call is tried again whose server is not reached when it is started. */
export class StartAttempts {
  readonly #most: number;
  #made = 0;
  readonly #since = Date.now();

  /** `maxCallStartReconnectionAttempts`: below 0, or nothing that is a number: as often as it takes. */
  constructor(most: unknown) {
    this.#most = typeof most === 'number' && most >= 0 ? most : Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves when it is time for another attempt. Rejects with the error of the last one when there is none: it was
   * answered, or there were as many as there may be, or what it is asked with is good for no longer than `goodMs`.
   */
  async another(error: unknown, goodMs: number): Promise<void> {
    if (!(error instanceof WhipRefusal) || !notReached.has(error.status)) throw error;
    const pause = pauses[Math.min(this.#made, pauses.length - 1)]!;
    if (this.#made >= this.#most || Date.now() + pause - this.#since >= goodMs) throw error;
    this.#made++;
    await new Promise((go) => setTimeout(go, pause));
  }
}
