import type { Call } from '../../../../../call/model/call.ts';
import type { CallEvent } from '../../../../../call/model/events.ts';
import { evolve } from '../../../../../call/model/evolve.ts';
import type { CallChange } from '../../../../../push/projection.ts';
import { type ViewChange, ViewChanges } from '../view-changes.ts';

/** View changes over events as the log has them; for tests. */
export class Following {
  readonly #calls = new Map<string, Call>();
  readonly #changes = new ViewChanges();

  get between(): boolean {
    return this.#changes.between;
  }

  next(event: CallEvent): ViewChange[] {
    return this.#changes.next(this.#change(event));
  }

  recall(event: CallEvent): void {
    this.#changes.recall(this.#change(event));
  }

  #change(event: CallEvent): CallChange {
    const before = this.#calls.get(event.callId) ?? null;
    const after = evolve(before, event);
    this.#calls.set(event.callId, after);
    return { event, before, after };
  }
}
