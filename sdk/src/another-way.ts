/** How often another way is looked for, and the pause before the next time, ms. */
const mostWays = 10;
const wayMs = 1500;
/** How long the sound may be broken before that, ms: the server waits for it for eight seconds. */
const brokenMs = 500;
/**
 * How long a way that was just begun has to be found, whatever the browser says of it meanwhile: by a TURN server over
 * TCP Chromium calls it failed for a moment, before its first checks are answered.
 */
export const beginsMs = 5000;

export interface WayMeans {
  /** Whether the sound flows. */
  readonly connected: () => boolean;
  /** Offers another way. Rejects with an error of `status` 404 where the call is over. */
  readonly look: () => Promise<void>;
  /** No way is looked for any more. */
  readonly gaveUp: () => void;
}

/** Perhaps the browser has another network now: the same call goes on by another way. */
export class AnotherWay {
  readonly #means: WayMeans;
  #tries = 0;
  #looking = false;
  #over = false;
  #givenUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(means: WayMeans) {
    this.#means = means;
  }

  /** One was offered: it is given the time to be found. */
  begun(): void {
    this.#givenUntil = Date.now() + beginsMs;
  }

  /** The sound has no way: for now, or for good (`failed`). */
  lost(failed: boolean): void {
    this.#later(Math.max(failed ? 0 : brokenMs, this.#givenUntil - Date.now()));
  }

  /** There is none at all, or another network: nothing of it is waited for. */
  missing(): void {
    this.#later(0);
  }

  found(): void {
    this.#tries = 0;
    this.#givenUntil = 0;
    clearTimeout(this.#timer);
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    if (this.#over || this.#looking || this.#means.connected()) return;
    if (this.#tries++ >= mostWays) {
      this.#giveUp();
      return;
    }
    this.#looking = true;
    try {
      await this.#means.look();
      this.#looking = false;
      this.begun();
    } catch (error) {
      this.#looking = false;
      if ((error as { status?: number }).status === 404) this.#giveUp();
      else this.#later(wayMs);
    }
  }

  #giveUp(): void {
    if (this.#over) return;
    this.close();
    this.#means.gaveUp();
  }
}
