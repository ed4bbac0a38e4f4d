import type { CallRecord } from '../../call/model/call-record.ts';
import { type CallEvent, organizationOf } from '../../call/model/events.ts';
import type { CallStore } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';

/** A call, or what in it concerns these connections; null: all. */
export interface StoryPart {
  readonly callId: string;
  readonly connectionIds: readonly string[] | null;
}

/** One event of a story; the story goes on behind `cursor`. */
export interface StoryEvent {
  readonly event: CallEvent;
  readonly cursor: string;
}

/** Where running calls are found without looking at all. */
export type RunningCalls = Pick<CallRuntime, 'call' | 'callPage' | 'callsNamed'>;

export type StoryStore = Pick<CallStore, 'eventsAbout' | 'records' | 'recordsNamed'>;

/** Calls that one id leads through: more than anybody is transferred in an hour. */
const mostParts = 10;
/** A call in which somebody asked for number and PIN has no more before it is left. */
const eventsRead = 500;
/** Of a page, those that are read and written at a time: some milliseconds. */
const eventsAtOnce = 200;

/**
 * What an id names that any interface gave: a call, a connection, or a leg, in all the calls it was in, in their order.
 * A call that somebody left for another (the access call before a conference, a transfer) is followed there. Empty for
 * what is not known, or another organization's.
 */
export async function storyOf(
  id: string,
  organizationId: string,
  { running, store }: { readonly running: Pick<RunningCalls, 'call' | 'callsNamed'>; readonly store: StoryStore },
): Promise<StoryPart[]> {
  const parts = new Map<string, Set<string> | null>();
  const add = (callId: string, connectionId: string) => {
    const known = parts.get(callId);
    if (known === undefined) parts.set(callId, new Set([connectionId]));
    else known?.add(connectionId);
  };
  const [first] = await store.eventsAbout(id, { connectionIds: null, after: 0, limit: 1 });
  if (organizationOf(first) === organizationId || running.call(id)?.organizationId === organizationId)
    parts.set(id, null);
  else {
    for (const record of await store.recordsNamed(id)) {
      if (record.organizationId === organizationId) add(record.callId, record.connectionId);
    }
    for (const call of running.callsNamed(id)) {
      if (call.organizationId !== organizationId) continue;
      if (call.destination?.legId === id && !parts.has(call.id)) parts.set(call.id, null);
      for (const connection of call.connections.values()) {
        if (connection.id === id || connection.legId === id) add(call.id, connection.id);
      }
    }
  }
  // Grows while it is gone through.
  for (const [callId, connections] of parts) {
    for (const [toCall, toConnection] of await leftFor(callId, connections, store)) {
      if (parts.size < mostParts || parts.has(toCall)) add(toCall, toConnection);
    }
  }
  return [...parts].map(([callId, connections]) => ({
    callId,
    connectionIds: connections === null ? null : [...connections],
  }));
}

/** Where connections of this call went on. From a conference people are followed only when it is about them. */
async function leftFor(
  callId: string,
  connections: ReadonlySet<string> | null,
  store: StoryStore,
): Promise<[toCall: string, toConnection: string][]> {
  const connectionIds = connections === null ? null : [...connections];
  const events = await store.eventsAbout(callId, { connectionIds, after: 0, limit: eventsRead });
  const [first] = events;
  if (connections === null && first?.type === 'originated' && first.data.call?.kind === 'conference') return [];
  return events.flatMap((event): [string, string][] =>
    event.type === 'transferred' ? [[event.data.toCall, event.data.toConnection]] : [],
  );
}

/**
 * A page of its events in pieces, one call after the other. `after`: the cursor of the last one seen; '0' for the
 * beginning.
 */
export async function* eventsOfStory(
  parts: readonly StoryPart[],
  { after, limit, atOnce = eventsAtOnce }: { readonly after: string; readonly limit: number; readonly atOnce?: number },
  store: StoryStore,
): AsyncGenerator<readonly StoryEvent[]> {
  const [last, first] = after.split('.').reverse().map(Number) as [number, number | undefined];
  let left = limit;
  for (let at = first ?? 0; at < parts.length && left > 0; at++) {
    const { callId, connectionIds } = parts[at]!;
    let seen = at === (first ?? 0) ? last : 0;
    const read = (): Promise<CallEvent[]> => {
      const reading = store.eventsAbout(callId, { connectionIds, after: seen, limit: Math.min(left, atOnce) });
      // Who stops before the end is not told of what fails then.
      reading.catch(() => {});
      return reading;
    };
    // The next piece is read while this one is worked on.
    for (let reading: Promise<CallEvent[]> | null = read(); reading !== null; ) {
      const wanted = Math.min(left, atOnce);
      const events: CallEvent[] = await reading;
      left -= events.length;
      seen = events.at(-1)?.seq ?? seen;
      reading = events.length < wanted || left === 0 ? null : read();
      // A number as long as there is one call: that is the number of the event.
      if (events.length > 0) {
        yield events.map((event) => ({ event, cursor: at === 0 ? `${event.seq}` : `${at}.${event.seq}` }));
      }
    }
  }
}

/** A page of its records, newest first. */
export async function recordsOfStory(
  parts: readonly StoryPart[],
  {
    organizationId,
    limit,
    offset,
  }: { readonly organizationId: string; readonly limit: number; readonly offset: number },
  store: StoryStore,
): Promise<CallRecord[]> {
  const found = new Map<string, CallRecord>();
  for (const { callId, connectionIds } of parts) {
    const records =
      connectionIds === null
        ? await store.records({ callId, organizationId, limit: limit + offset })
        : (await Promise.all(connectionIds.map((id) => store.recordsNamed(id)))).flat();
    for (const record of records) if (record.organizationId === organizationId) found.set(record.id, record);
  }
  return [...found.values()].sort((a, b) => b.endedAt - a.endedAt).slice(offset, offset + limit);
}
