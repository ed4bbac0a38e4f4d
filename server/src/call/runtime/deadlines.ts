import type { Clock, Timer } from '../../base/clock.ts';
import type { Call } from '../model/call.ts';

/**
 * `end`: the call has lasted as long as it may; `park`: nobody fetched the party; `line`: nobody answered at a leg in
 * use. `at` is ms since the epoch.
 */
export interface Deadline {
  readonly callId: string;
  readonly kind: 'end' | 'park' | 'line';
  readonly at: number;
}

interface Running {
  readonly at: number;
  readonly timer: Timer;
}

const kinds = ['end', 'park', 'line'] as const;

/** One timer for each deadline that the state of a call names. Owned by the runtime; `close` at the end. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #due: (deadline: Deadline) => void;
  readonly #running = {
    end: new Map<string, Running>(),
    park: new Map<string, Running>(),
    line: new Map<string, Running>(),
  };

  constructor(clock: Clock, due: (deadline: Deadline) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** The call as it is now. */
  watch(call: Call): void {
    for (const kind of kinds) {
      const running = this.#running[kind];
      const at = atOf(call, kind);
      const timed = running.get(call.id);
      if ((timed?.at ?? null) === at) continue;
      timed?.timer.cancel();
      if (at === null) running.delete(call.id);
      else this.#start({ callId: call.id, kind, at }, at - this.#clock.now());
    }
  }

  /** What was due could not be done yet: is due again after `delayMs`, unless the call has another deadline by then. */
  again(deadline: Deadline, delayMs: number): void {
    if (!this.#running[deadline.kind].has(deadline.callId)) this.#start(deadline, delayMs);
  }

  close(): void {
    for (const kind of kinds) {
      for (const { timer } of this.#running[kind].values()) timer.cancel();
      this.#running[kind].clear();
    }
  }

  #start(deadline: Deadline, delayMs: number): void {
    const running = this.#running[deadline.kind];
    const timer = this.#clock.setTimer(Math.max(0, delayMs), () => {
      running.delete(deadline.callId);
      this.#due(deadline);
    });
    running.set(deadline.callId, { at: deadline.at, timer });
  }
}

function atOf(call: Call, kind: Deadline['kind']): number | null {
  if (call.ended) return null;
  if (kind === 'end') return call.endsAt;
  if (kind === 'park') return call.parked?.until ?? null;
  return firstOf(call.lines.map((id) => call.connections.get(id)?.waitsUntil ?? null));
}

function firstOf(times: readonly (number | null)[]): number | null {
  let first: number | null = null;
  for (const at of times) if (at !== null && (first === null || at < first)) first = at;
  return first;
}
