import type { Call } from '../call/model/call.ts';
import type { CallEvent } from '../call/model/events.ts';

/** One event of a call, and the call before it and after it. */
export interface CallChange {
  readonly event: CallEvent;
  /** Null: it is the first. */
  readonly before: Call | null;
  readonly after: Call;
}

/**
 * How one interface tells in its own words what happens in calls. The calls themselves are held by who follows the log;
 * a projection remembers of them only what it has told.
 */
export interface Projection<Note> {
  /** What is told of one step, in order: all its events that concern anybody. */
  next(changes: readonly CallChange[]): readonly Note[];
  /** An event of which everything has been told: so that the next one is told from there. */
  recall(change: CallChange): void;
  /** This call is followed no further. */
  forget(callId: string): void;
}
