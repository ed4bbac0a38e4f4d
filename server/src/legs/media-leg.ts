import { coerceError } from '../base/app-error.ts';
import type { LegAsk, LegCommand, LegStats, MediaEngine, PlayEnd, PlayItem, PlayOptions } from '../media/engine.ts';
import type { LegMedia, Playing } from './leg.ts';

/** Where the media process receives for a leg. */
export interface MediaAddress {
  /** What peers are told. */
  readonly address: string;
  /** What the sockets are bound to, where that is another one. */
  readonly bound?: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/**
 * The sound of one leg in the media engine: opened once, told what to do in order, closed once. What is asked for
 * before it is open waits for that; what is asked for after it closed is forgotten.
 *
 *   opening → open → closed
 */
export class MediaLeg<Opened = MediaAddress> implements LegMedia {
  readonly id: string;
  readonly #engine: MediaEngine;
  readonly #onFailure: (error: Error) => void;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #waiting: (() => void)[] = [];
  #closing: Promise<LegStats | null> | null = null;
  /** Rejects when there is no port or no process. */
  readonly opened: Promise<Opened>;

  /**
   * `opening`: in the engine, under this id. `onFailure`: a command failed on a leg that is still wanted; it can't be
   * relied on any more.
   */
  constructor(engine: MediaEngine, id: string, opening: Promise<Opened>, onFailure: (error: Error) => void) {
    this.#engine = engine;
    this.id = id;
    this.#onFailure = onFailure;
    this.opened = opening.then((opened) => {
      if (this.#state === 'opening') this.#state = 'open';
      for (const command of this.#waiting.splice(0)) command();
      return opened;
    });
    // Whoever needs the leg waits for it; this only keeps an early failure from being unhandled.
    this.opened.catch(() => {});
  }

  perform<Name extends LegCommand>(command: Name, ask: LegAsk<Name>): void {
    this.#do(() => this.#engine.performOnLeg(this.id, command, ask));
  }

  /** A newer play ends the older. */
  play(items: readonly PlayItem[], options: PlayOptions = {}): Playing {
    let stopped = false;
    let stop: (() => void) | null = null;
    const finished = new Promise<PlayEnd>((resolve) => {
      this.#do(async () => {
        try {
          if (stopped) {
            resolve('stopped');
            return;
          }
          const play = await this.#engine.play({ leg: this.id }, items, options);
          stop = () => play.stop();
          if (stopped) play.stop();
          resolve(await play.finished);
        } catch {
          // A prompt that can't be played must not end the call; whoever waits goes on as if it had been heard.
          resolve('gone');
        }
      });
      if (this.#state === 'closed') resolve('gone');
    });
    return {
      finished,
      stop() {
        stopped = true;
        stop?.();
      },
    };
  }

  /** Idempotent; gives the leg's last figures, or null when it never opened or its process died. */
  close(): Promise<LegStats | null> {
    if (this.#closing !== null) return this.#closing;
    this.#state = 'closed';
    this.#waiting = [];
    this.#closing = this.opened.then(() => this.#engine.closeLeg(this.id)).catch(() => null);
    return this.#closing;
  }

  #do(command: () => Promise<unknown>): void {
    const run = () => {
      if (this.#state === 'closed') return;
      command().catch((error) => {
        if (this.#state !== 'closed') this.#onFailure(coerceError(error));
      });
    };
    if (this.#state === 'opening') this.#waiting.push(run);
    else run();
  }
}
