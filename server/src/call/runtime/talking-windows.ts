import type { Clock, Timer } from '../../base/clock.ts';

interface Window {
  pending: Map<string, boolean>;
  timer: Timer;
}

/** At most one talking event per call in this time, ms. With the 60 ms that tell a talker it stays below 300 ms. */
export const talkingWindowMs = 150;

/**
 * Keeps talkers from flooding the log. The first change of a quiet call passes at once; what changes within the window
 * that it opens is gathered and passes as one at the window's end, who began and stopped within it not at all. A call
 * in which nobody changes costs no timer. Owned by the runtime; `drop` when a call ends, `close` at the end.
 */
export class TalkingWindows {
  readonly #clock: Clock;
  readonly #pass: (callId: string, changes: ReadonlyMap<string, boolean>) => void;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, pass: (callId: string, changes: ReadonlyMap<string, boolean>) => void) {
    this.#clock = clock;
    this.#pass = pass;
  }

  put(callId: string, connectionId: string, talking: boolean): void {
    const window = this.#windows.get(callId);
    if (window !== undefined) {
      window.pending.set(connectionId, talking);
      return;
    }
    this.#open(callId);
    this.#pass(callId, new Map([[connectionId, talking]]));
  }

  drop(callId: string): void {
    this.#windows.get(callId)?.timer.cancel();
    this.#windows.delete(callId);
  }

  close(): void {
    for (const callId of [...this.#windows.keys()]) this.drop(callId);
  }

  #open(callId: string): void {
    const timer = this.#clock.setTimer(talkingWindowMs, () => this.#end(callId));
    this.#windows.set(callId, { pending: new Map(), timer });
  }

  #end(callId: string): void {
    const pending = this.#windows.get(callId)?.pending;
    this.#windows.delete(callId);
    if (pending === undefined || pending.size === 0) return;
    this.#open(callId);
    this.#pass(callId, pending);
  }
}
