import { RecentMap } from '../../base/recent-map.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { CallStore } from '../../call/ports.ts';

type EventStore = Pick<CallStore, 'eventsAbout'>;

interface Kept {
  /** From the first on, without a gap. */
  readonly events: CallEvent[];
  usedAt: number;
}

/** Calls that are watched at a time, and of each what a conference of some hours has. */
const mostCalls = 8;
const mostEvents = 40_000;
const unusedMs = 60_000;

/**
 * The events of calls that are asked for again and again, as a page does that watches one: what happened does not
 * change, so only what is new is read from the store.
 */
export class RecentEvents {
  readonly #store: EventStore;
  readonly #now: () => number;
  readonly #calls = new RecentMap<string, Kept>(mostCalls);

  constructor({ now, store }: { readonly now: () => number; readonly store: EventStore }) {
    this.#store = store;
    this.#now = now;
  }

  /** As the store's. */
  async eventsAbout(callId: string, query: Parameters<EventStore['eventsAbout']>[1]): Promise<CallEvent[]> {
    const { after, connectionIds, limit } = query;
    if (connectionIds !== null) return this.#store.eventsAbout(callId, query);
    const { events } = this.#kept(callId);
    const known = events.slice(firstBehind(events, after)).slice(0, limit);
    if (known.length === limit) return known;
    const last = Math.max(after, known.at(-1)?.seq ?? 0);
    const news = await this.#store.eventsAbout(callId, { connectionIds, after: last, limit: limit - known.length });
    const follows = (events.at(-1)?.seq ?? 0) === last && events.length + news.length <= mostEvents;
    // Another who asks meanwhile may have added the same.
    if (follows) events.push(...news);
    return [...known, ...news];
  }

  #kept(callId: string): Kept {
    const now = this.#now();
    for (const [id, { usedAt }] of this.#calls) if (Math.abs(now - usedAt) > unusedMs) this.#calls.delete(id);
    const kept = this.#calls.get(callId) ?? { events: [], usedAt: now };
    kept.usedAt = now;
    this.#calls.set(callId, kept);
    return kept;
  }
}

/** Where the events behind this number begin. */
function firstBehind(events: readonly CallEvent[], seq: number): number {
  let [from, to] = [0, events.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (events[middle]!.seq <= seq) from = middle + 1;
    else to = middle;
  }
  return from;
}
