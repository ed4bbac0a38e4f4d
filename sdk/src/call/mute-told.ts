import type { CommandFailed } from '../session.ts';

export interface MuteMeans {
  /** Whether there is anybody who would hear. */
  readonly isLive: () => boolean;
  /** Rejects with CommandFailed: `unavailable` where the server is not reached. */
  readonly ask: (what: 'mute' | 'unmute') => Promise<void>;
}

/** What the server is told of the mute of a call's owner, as soon as it is reached: it holds here whatever it says. */
export class MuteTold {
  readonly #means: MuteMeans;
  /** What the server does not know yet; null: it knows. */
  #muted: boolean | null = null;

  constructor(means: MuteMeans) {
    this.#means = means;
  }

  /** Its owner is muted, and the server does not know yet. */
  get mutes(): boolean {
    return this.#muted === true;
  }

  wants(muted: boolean): void {
    this.#muted = muted || this.#means.isLive() ? muted : null;
    void this.tell();
  }

  /** Again, where it could not be told. */
  async tell(): Promise<void> {
    const muted = this.#muted;
    if (muted === null || !this.#means.isLive()) return;
    const isTold = await this.#means.ask(muted ? 'mute' : 'unmute').then(
      () => true,
      (error: CommandFailed) => error.code !== 'unavailable',
    );
    if (isTold && this.#muted === muted) this.#muted = null;
  }
}
