import type { Call } from '../call/model/call.ts';
import type { CallEvent } from '../call/model/events.ts';
import type { CallRuntime } from '../call/runtime/runtime.ts';

type Listener = (event: CallEvent, call: Call) => void;

/** Tells those who wait for something in single calls what happens there. */
export class CallWatch {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #unsubscribe: () => void;

  constructor(runtime: Pick<CallRuntime, 'on'>) {
    this.#unsubscribe = runtime.on('event', ({ event, call }) => {
      // One may be gone, or come, by what another does.
      for (const listener of [...(this.#listeners.get(event.callId) ?? [])]) listener(event, call);
    });
  }

  /** Until the call is over, or the function that it gives is called. */
  on(callId: string, listener: Listener): () => void {
    const all = this.#listeners.get(callId) ?? new Set();
    this.#listeners.set(callId, all);
    const heard: Listener = (event, call) => {
      if (event.type === 'callCleared') forget();
      listener(event, call);
    };
    const forget = (): void => {
      all.delete(heard);
      if (all.size === 0 && this.#listeners.get(callId) === all) this.#listeners.delete(callId);
    };
    all.add(heard);
    return forget;
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }
}
