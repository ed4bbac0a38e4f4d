import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { CallEvent } from '../../../../call/model/events.ts';
import { roomLeft } from '../../../../call/step/arrival.ts';
import type { CallChange } from '../../../../push/projection.ts';
import { isSeen, type Line, shownIdOf } from '../seat.ts';

/** One call in one step. */
export interface Story {
  readonly before: Call | null;
  after: Call;
  /** Of which anybody may be told, with their places in the step. */
  readonly events: { readonly event: CallEvent; readonly place: number }[];
}

/** Nobody's call looks different after these. */
const unseen: ReadonlySet<CallEvent['type']> = new Set([
  'talking',
  'digitsGenerated',
  'entryRefused',
  'pinsGuessed',
  'messageSent',
  'diverted',
]);

/** What one step is to each of its calls, by id: a call changes once in a step, whatever led to it. */
export function storiesOf(changes: readonly CallChange[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  for (const [place, { event, before, after }] of changes.entries()) {
    if (unseen.has(event.type)) continue;
    const story = stories.get(event.callId) ?? { before, after, events: [] };
    stories.set(event.callId, story);
    story.after = after;
    story.events.push({ event, place });
  }
  return stories;
}

/**
 * What one user sees of one call, as it was before the step and as it is after it; it may be in another call by then.
 */
export interface Sight {
  readonly extensionId: string;
  readonly was: Placed | null;
  is: Placed | null;
}

export interface Placed extends Line {
  readonly story: Story;
}

/** All that somebody saw before the step, or sees after it, by extension and the id that its user knows the call by. */
export function sightsOf(stories: ReadonlyMap<string, Story>): ReadonlyMap<string, Sight> {
  const sights = new Map<string, Sight>();
  for (const story of stories.values()) {
    for (const [key, extensionId, was] of shownIn(story, story.before)) {
      // Of who sits in one call twice, the seat that was there first.
      if (!sights.has(key)) sights.set(key, { extensionId, was, is: null });
    }
  }
  for (const story of stories.values()) {
    for (const [key, extensionId, is] of shownIn(story, story.after)) {
      const sight = sights.get(key);
      if (sight === undefined) sights.set(key, { extensionId, was: null, is });
      else sight.is ??= is;
    }
  }
  return sights;
}

function* shownIn(story: Story, call: Call | null): Generator<[key: string, extensionId: string, Placed]> {
  if (call === null || call.ended) return;
  for (const connection of call.connections.values()) {
    const { device, state } = connection;
    const placed = { call, connection, story };
    if (device.kind !== 'extension' || state === 'fail' || !isSeen(placed)) continue;
    yield [`${device.extensionId} ${shownIdOf(placed)}`, device.extensionId, placed];
  }
}

/** A phone in these calls. */
export interface Phone {
  /** Its places in them before the step. */
  readonly before: Line[];
  /**
   * Something changed of its own place in a call, or for all in it, that need not show in the call, whatever other
   * calls there are.
   */
  news: boolean;
}

/**
 * By these something else may be asked of a call that goes on in the same state: a phone that dials for its user is
 * answered, hears who rings, can be had to answer or to take back, or can be no more.
 */
const ofOnesPlace: ReadonlySet<CallEvent['type']> = new Set(['established', 'dataChanged']);

/** Room for so many more makes no difference to what may be asked. */
const muchRoom = 4;

/**
 * Whether something else may be asked of the call by any of those in it: it is locked, or what is set for it is
 * another, or it is full, or no more.
 */
export function concernsAll({ before, after, events }: Story): boolean {
  if (before === null) return false;
  if (Math.min(muchRoom, roomLeft(before)) !== Math.min(muchRoom, roomLeft(after))) return true;
  return events.some(
    ({ event: { type, connectionId, data } }) =>
      type === 'dataChanged' && connectionId === null && ('locked' in data || 'policy' in data),
  );
}

/** By extension: whose phones are in these calls, or were. */
export function phonesIn(stories: ReadonlyMap<string, Story>): ReadonlyMap<string, Phone> {
  const phones = new Map<string, Phone>();
  const phoneOf = (connection: Connection): Phone | null => {
    if (connection.device.kind !== 'extension') return null;
    const { extensionId } = connection.device;
    const phone = phones.get(extensionId) ?? { before: [], news: false };
    phones.set(extensionId, phone);
    return phone;
  };
  for (const story of stories.values()) {
    const { before, after, events } = story;
    for (const connection of before?.connections.values() ?? []) {
      phoneOf(connection)?.before.push({ call: before!, connection });
    }
    const all = concernsAll(story);
    for (const connection of after.connections.values()) {
      const phone = phoneOf(connection);
      if (all && phone !== null) phone.news = true;
    }
    for (const { event } of events) {
      if (!ofOnesPlace.has(event.type)) continue;
      const connection = after.connections.get(event.connectionId ?? '');
      const phone = connection === undefined ? null : phoneOf(connection);
      if (phone !== null) phone.news = true;
    }
  }
  return phones;
}
