import type { PlayItem, PlayOptions, PlayTarget } from './channel/commands.ts';
import type { PlayEnd } from './channel/protocol.ts';
import type { ProcessHandle } from './process-handle.ts';

export interface Play {
  readonly id: string;
  /** Never rejects. */
  readonly finished: Promise<PlayEnd>;
  /** Idempotent. */
  stop(): void;
}

interface RunningPlay {
  readonly process: ProcessHandle;
  end(reason: PlayEnd): void;
}

/** What the media processes play, until each of it ends. */
export class RunningPlays {
  readonly #plays = new Map<string, RunningPlay>();
  #next = 1;

  /** Rejects with AppError when it could not begin. */
  async begin(
    process: ProcessHandle,
    target: PlayTarget,
    items: readonly PlayItem[],
    options: PlayOptions,
  ): Promise<Play> {
    const id = `p${this.#next++}`;
    const { promise: finished, resolve: end } = Promise.withResolvers<PlayEnd>();
    this.#plays.set(id, { process, end });
    try {
      await process.request('play', { play: id, target, items, ...options });
    } catch (error) {
      this.#plays.delete(id);
      throw error;
    }
    const stop = () => {
      if (this.#plays.has(id)) process.request('stopPlay', { play: id }).catch(() => {});
    };
    return { id, finished, stop };
  }

  end(play: string, reason: PlayEnd): void {
    this.#plays.get(play)?.end(reason);
    this.#plays.delete(play);
  }

  /** Those of a process that died, or, without one, all. */
  lost(process: ProcessHandle | null = null): void {
    for (const [id, play] of [...this.#plays]) {
      if (process === null || play.process === process) this.end(id, 'gone');
    }
  }
}
