import type { Call } from '../../../../call/model/call.ts';
import { type Cause, moreTelling } from '../../../../call/model/cause.ts';
import type { CallEvent, EventType } from '../../../../call/model/events.ts';
import type { CallChange } from '../../../../push/projection.ts';
import { type ExtensionView, isOrigin, viewsOf } from './extension-views.ts';

/** What an extension sees happen: a phone call comes or goes out, is answered, ends. */
export interface ViewChange {
  readonly change: 'begun' | 'answered' | 'ended';
  readonly view: ExtensionView;
  /** Of what ended: why, seen from the extension: of a call that nobody answered, why not. Null otherwise. */
  readonly cause: Cause | null;
}

/** What has been told of one running call. */
interface Told {
  /** By connection id; as they were after the last event. */
  readonly views: Map<string, readonly ExtensionView[]>;
  /** Why those who were called could not be reached; null: none has failed. */
  readonly failure: Cause | null;
}

const none: readonly ExtensionView[] = [];

/** Events that change nothing of what an extension sees. */
const shownNowhere: ReadonlySet<EventType> = new Set([
  'talking',
  'digitsGenerated',
  'entryRefused',
  'pinsGuessed',
  'messageSent',
]);

/**
 * Says what each event of a call changes for extensions. A leg that goes from one call to another takes its
 * views along: who dials into a conference has one phone call, not two.
 */
export class ViewChanges {
  readonly #told = new Map<string, Told>();
  /** Views on the way with a leg: by the connection that it will serve. */
  readonly #moving = new Map<string, readonly ExtensionView[]>();

  /** Whether a leg has left one call and its arrival in the other is still to come: both are in one step. */
  get between(): boolean {
    return this.#moving.size > 0;
  }

  get size(): number {
    return this.#told.size;
  }

  /** The next event of a call; every one must be given, in order. */
  next(change: CallChange): ViewChange[] {
    return this.#next(change, true);
  }

  /** As `next`, of an event whose changes have been told: nobody who left then is still on the way. */
  recall(change: CallChange): void {
    this.#next(change, false);
  }

  /** What ends because it never arrived; none of it when all events are given. */
  abandon(): ViewChange[] {
    const lost = [...this.#moving.values()].flat().map((view): ViewChange => ({ change: 'ended', view, cause: null }));
    this.#moving.clear();
    return lost;
  }

  forget(callId: string): void {
    this.#told.delete(callId);
  }

  #next({ event, before, after: call }: CallChange, live: boolean): ViewChange[] {
    const told = this.#told.get(event.callId);
    const views = told?.views ?? new Map<string, readonly ExtensionView[]>();
    const failure = failureAfter(before, told?.failure ?? null, event);
    if (event.type === 'callCleared') this.#told.delete(event.callId);
    else this.#told.set(event.callId, { views, failure });
    if (shownNowhere.has(event.type)) return [];
    if (event.type === 'transferred' && event.connectionId !== null) {
      if (live) this.#moving.set(event.data.toConnection, views.get(event.connectionId) ?? none);
      views.delete(event.connectionId);
      return [];
    }
    const changes: ViewChange[] = [];
    for (const id of affected(call, views, event)) {
      const why = endCauseOf(before, id, event, failure);
      this.#compare(call, views, id, why, changes);
    }
    return changes;
  }

  #compare(
    call: Call,
    views: Map<string, readonly ExtensionView[]>,
    id: string,
    why: Cause,
    changes: ViewChange[],
  ): void {
    const connection = call.ended ? undefined : call.connections.get(id);
    // The event that opens a call may name a connection that comes only with the next one.
    const moved = connection === undefined ? undefined : this.#moving.get(id);
    if (moved !== undefined) this.#moving.delete(id);
    const before = views.get(id) ?? moved ?? none;
    const after = (connection === undefined ? none : viewsOf(call, connection)).map((view) => {
      const was = before.find(({ key }) => key === view.key);
      // Once answered it stays so, also when the other one has left.
      return was?.answered === true && !view.answered ? { ...view, answered: true } : view;
    });
    for (const view of before) {
      if (!after.some(({ key }) => key === view.key)) changes.push({ change: 'ended', view, cause: why });
    }
    for (const view of after) {
      const was = before.find(({ key }) => key === view.key);
      if (was === undefined) changes.push({ change: 'begun', view, cause: null });
      if (view.answered && was?.answered !== true) changes.push({ change: 'answered', view, cause: null });
    }
    if (after.length === 0) views.delete(id);
    else views.set(id, after);
  }
}

/** Why those who were called were not reached, after this event; of several the cause that tells more. */
function failureAfter(call: Call | null, failure: Cause | null, event: CallEvent): Cause | null {
  if (call === null || (event.type !== 'failed' && event.type !== 'connectionCleared')) return failure;
  const connection = event.connectionId === null ? undefined : call.connections.get(event.connectionId);
  if (connection === undefined || connection.answeredAt !== null || isOrigin(call, connection)) return failure;
  const cause = connection.failure ?? event.cause;
  if (givenUp.has(cause)) return failure;
  return moreTelling(failure === null ? null : { cause: failure }, { cause }).cause;
}

/** Somebody of ours ended it, whatever became of the other side. */
const givenUp: ReadonlySet<Cause> = new Set<Cause>(['normal', 'callCancelled', 'joined', 'transfer', 'conference']);

/** Why a connection ends by this event, seen from it: who called nobody that answered is told why not. */
function endCauseOf(before: Call | null, id: string, event: CallEvent, failure: Cause | null): Cause {
  const connection = before?.connections.get(id);
  if (before === null || connection === undefined) return event.cause;
  const cause = connection.failure ?? event.cause;
  if (before.kind !== 'call' || !isOrigin(before, connection)) return cause;
  return givenUp.has(cause) ? (failure ?? cause) : cause;
}

/**
 * The connections whose views this event can change: of a conference, which may have a thousand, only those it is
 * about.
 */
function affected(call: Call, views: ReadonlyMap<string, unknown>, event: CallEvent): Iterable<string> {
  if (call.ended) return [...views.keys()];
  if (call.kind === 'call') return new Set([...views.keys(), ...call.connections.keys()]);
  const about = new Set<string>();
  if (event.connectionId !== null) about.add(event.connectionId);
  if (event.type === 'originated' || event.type === 'conferenced') {
    for (const { id } of event.data.connections) about.add(id);
  }
  return about;
}
