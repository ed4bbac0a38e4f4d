import type { Log } from '../base/log.ts';
import type { Call } from '../call/model/call.ts';
import { isOfCall } from '../call/model/event-log.ts';
import { type CallEvent, organizationOf, seedsOf } from '../call/model/events.ts';
import { evolve } from '../call/model/evolve.ts';
import type { CallAt, CallStore } from '../call/ports.ts';
import type { LoggedStep } from './follower.ts';
import type { NoteNumber } from './note-number.ts';
import type { CallChange, Projection } from './projection.ts';

const pageSize = 500;

/** Something that is told, and which it is. */
export interface NumberedNote<Note> {
  readonly number: NoteNumber;
  /** When its step happened, ms since the epoch. */
  readonly at: number;
  readonly note: Note;
}

export interface FollowedCallsOptions<Note> {
  readonly log: Log;
  readonly eventsOf: CallStore['eventsOf'];
  /** Whether anybody of the organization is to be told anything. */
  readonly concerned: (organizationId: string) => boolean;
  /**
   * Whether a call of another organization, such as a conference, concerns that of each phone that comes into it: from
   * then on, with what was before.
   */
  readonly visited?: boolean;
  readonly projection: Projection<Note>;
}

/**
 * The running calls along the log, as far as they concern anybody, and what a projection makes of each step. A call
 * that was there before is read from its beginning when its next event comes.
 */
export class FollowedCalls<Note> {
  readonly #options: FollowedCallsOptions<Note>;
  /** As after their last event. */
  readonly #calls = new Map<string, Call>();
  /** Running calls that concern nobody. */
  readonly #ignored = new Set<string>();

  constructor(options: FollowedCallsOptions<Note>) {
    this.#options = options;
  }

  /** An organization is concerned that was not: its calls, of no concern until now, may be of some. */
  concernsMore(): void {
    this.#ignored.clear();
  }

  /**
   * Calls that were running where reading begins: a projection may need those too of which nothing is told for now.
   * They are brought up to their last event by then.
   */
  async begin(running: readonly CallAt[]): Promise<void> {
    for (const { callId, seq } of running) {
      if (this.#calls.has(callId)) continue;
      this.#ignored.delete(callId);
      if (!(await this.#recall(callId, seq))) this.#ignored.add(callId);
    }
  }

  /** What is told of the step, numbered. Rejects when the store does; then nothing has been taken. */
  async next(step: LoggedStep): Promise<NumberedNote<Note>[]> {
    const events = step.entries.map(({ event }) => event).filter(isOfCall);
    await this.#catchUp(events);
    const changes: CallChange[] = [];
    for (const event of events) {
      const change = this.#change(event);
      if (change !== null) changes.push(change);
    }
    const last = events.at(-1);
    if (last === undefined || changes.length === 0) return [];
    const notes = this.#project(changes);
    return notes.map((note, place) => ({ number: { step: step.number, place }, at: last.at, note }));
  }

  /** The call before and after this event; null when it concerns nobody. */
  #change(event: CallEvent): CallChange | null {
    const { callId, type } = event;
    if (this.#ignored.has(callId)) {
      if (type === 'callCleared') this.#ignored.delete(callId);
      return null;
    }
    const before = this.#calls.get(callId) ?? null;
    try {
      const after = evolve(before, event);
      if (type === 'callCleared') this.#calls.delete(callId);
      else this.#calls.set(callId, after);
      return { event, before, after };
    } catch (error) {
      // A call whose log does not hold together must not keep the others from being told.
      this.#giveUp([callId], error);
      if (type === 'callCleared') this.#ignored.delete(callId);
      return null;
    }
  }

  #project(changes: readonly CallChange[]): readonly Note[] {
    try {
      return this.#options.projection.next(changes);
    } catch (error) {
      this.#giveUp(
        new Set(
          changes
            .map(({ after }) => after)
            .filter(({ ended }) => !ended)
            .map(({ id }) => id),
        ),
        error,
      );
      return [];
    }
  }

  #giveUp(callIds: Iterable<string>, error: unknown): void {
    for (const callId of callIds) {
      this.#options.log.error({ err: error, call: callId }, 'a call cannot be followed');
      this.#options.projection.forget(callId);
      this.#calls.delete(callId);
      this.#ignored.add(callId);
    }
  }

  /** Brings the calls of these events that are not followed up to before them. */
  async #catchUp(events: readonly CallEvent[]): Promise<void> {
    for (const [callId, ofCall] of Map.groupBy(events, (event) => event.callId)) {
      if (this.#calls.has(callId)) continue;
      const comes = ofCall.some((event) => this.#bringsSomebody(event));
      if (this.#ignored.has(callId) && !comes) continue;
      this.#ignored.delete(callId);
      try {
        if (!(await this.#firstOr(ofCall[0]!, comes))) this.#ignored.add(callId);
      } catch (error) {
        this.#calls.delete(callId);
        this.#options.projection.forget(callId);
        throw error;
      }
    }
  }

  /** `comes`: somebody concerned comes into the call now. */
  async #firstOr(event: CallEvent, comes: boolean): Promise<boolean> {
    return event.seq === 1 ? comes || this.#concerns(event) : this.#recall(event.callId, event.seq - 1, comes);
  }

  /** Up to this event. False when the call concerns nobody, or its log does not hold together. */
  async #recall(callId: string, through: number, comes = false): Promise<boolean> {
    const { eventsOf, projection } = this.#options;
    let call: Call | null = null;
    for (let after = 0; after < through; ) {
      // The first event says whose call it is, and most calls are read no further.
      const limit = after === 0 ? 1 : Math.min(pageSize, through - after);
      const page = await eventsOf(callId, { after, limit });
      if (page.length === 0) return false;
      if (after === 0 && !comes && !this.#concerns(page[0])) return false;
      try {
        for (const event of page) {
          const before: Call | null = call;
          call = evolve(before, event);
          projection.recall({ event, before, after: call });
        }
      } catch (error) {
        this.#giveUp([callId], error);
        return false;
      }
      after += page.length;
    }
    if (call !== null) this.#calls.set(callId, call);
    return true;
  }

  #bringsSomebody(event: CallEvent): boolean {
    const { concerned, visited = false } = this.#options;
    return (
      visited && seedsOf(event).some(({ device }) => device.kind === 'extension' && concerned(device.organizationId))
    );
  }

  #concerns(first: CallEvent | undefined): boolean {
    const organizationId = organizationOf(first);
    return organizationId !== null && this.#options.concerned(organizationId);
  }
}
