import { isOfCall } from '../model/event-log.ts';
import { type CallEvent, seedsOf } from '../model/events.ts';
import type { CallStore, DialOut } from '../ports.ts';

/** Events read at a time. */
const atOnce = 1000;

/** A leg that an earlier run dialled over a trunk, `at` ms since the epoch. */
export interface DialBefore {
  readonly dial: DialOut;
  readonly at: number;
}

type Found = Omit<DialOut, 'organizationId' | 'conferenceId'> & { readonly callId: string; readonly at: number };
type Of = Pick<DialOut, 'organizationId' | 'conferenceId'>;

/**
 * What the log says was dialled over trunks since then (ms since the epoch), oldest first: read from its end backwards.
 */
export async function dialsSince(store: CallStore, since: number): Promise<DialBefore[]> {
  const found: Found[] = [];
  const calls = new Map<string, Of>();
  for (let end = await store.lastPosition(); end > 0; end -= atOnce) {
    const after = Math.max(0, end - atOnce);
    const entries = await store.feed({ after, limit: end - after });
    for (const { event } of entries) {
      if (!isOfCall(event)) continue;
      if (event.seq === 1) note(calls, event);
      if (event.at > since) found.push(...dialledBy(event));
    }
    // Where there is nothing, it was removed for its age.
    const [oldest] = entries;
    if (oldest === undefined || oldest.event.at <= since) break;
  }
  const dials: DialBefore[] = [];
  for (const { callId, at, ...dial } of found.sort((a, b) => a.at - b.at)) {
    if (!calls.has(callId)) for (const first of await store.eventsOf(callId, { limit: 1 })) note(calls, first);
    const of = calls.get(callId);
    if (of !== undefined) dials.push({ at, dial: { ...of, ...dial } });
  }
  return dials;
}

function note(calls: Map<string, Of>, first: CallEvent): void {
  const seed = first.type === 'originated' ? first.data.call : undefined;
  if (seed === undefined) return;
  const { organizationId, conference } = seed;
  calls.set(first.callId, { organizationId, conferenceId: conference?.conferenceId ?? null });
}

/** A leg that comes from another call was dialled for that one: its connection comes with the state it had. */
function dialledBy(event: CallEvent): Found[] {
  return seedsOf(event).flatMap(({ legId, target, state }) =>
    target?.kind === 'trunk' && state === undefined ? [{ callId: event.callId, at: event.at, legId, target }] : [],
  );
}
