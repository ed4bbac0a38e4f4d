import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { CallEvent } from '../../../../call/model/events.ts';
import {
  type CallState,
  isListenedTo,
  isMutedSupervised,
  type Line,
  othersIn,
  stateOf,
  supervisedBy,
} from '../seat.ts';
import type { Placed, Sight, Story } from './stories.ts';

/** What is told of a call to who sits in it. */
export type NotificationType =
  | 'StatusChange'
  | 'ParticipantsUpdated'
  | 'AttachedDataChanged'
  /** What may be asked of it is another, because of another call of the same phone. */
  | 'PropertiesUpdated'
  | 'CallRecordingStateChange'
  | 'MonitoredUserMutedStateChange';

/** Something that one seat of one call is told. */
export interface SeatChange {
  readonly type: NotificationType;
  readonly extensionId: string;
  /** The call and the connection as they are now; where that is over, as they were. */
  readonly call: Call;
  readonly connection: Connection;
  readonly released: boolean;
  /** ms since the epoch. */
  readonly at: number;
  /** Its place in the step: that of the event that settles it. */
  readonly place: number;
}

/**
 * What one step is to those who sit in its calls. A call changes once in a step, whatever led to it: who is back from
 * hold and finds more parties than before is told of the parties, and who is new in a call, or has left it, is told
 * nothing else of it.
 */
export function seatChanges(stories: ReadonlyMap<string, Story>, sights: Iterable<Sight>): SeatChange[] {
  const retrieved = retrievedIn(stories);
  const parties = new Map<Story, readonly string[]>();
  for (const story of stories.values()) parties.set(story, partiesChanged(story));
  const told: SeatChange[] = [];
  for (const { extensionId, was, is } of sights) {
    if (is === null) told.push(release(extensionId, was!));
    else if (was === null) begin(extensionId, is, told);
    else goOn({ extensionId, was, is, parties: parties.get(is.story)!, back: retrieved.get(extensionId) }, told);
  }
  return told.sort((one, other) => one.place - other.place);
}

/** It is over for this one, who may have another place in the same call by now. */
function release(extensionId: string, { call, connection, story }: Placed): SeatChange {
  const { event, place } = story.events.at(-1)!;
  const cleared = story.events.find(
    (one) => one.event.type === 'connectionCleared' && one.event.connectionId === connection.id,
  );
  return {
    type: 'StatusChange',
    extensionId,
    call,
    connection,
    released: true,
    at: event.at,
    // What it goes on as is told after it.
    place: cleared?.place ?? place - 0.5,
  };
}

function begin(extensionId: string, { call, connection, story }: Placed, told: SeatChange[]): void {
  const { event, place } = story.events.at(-1)!;
  const seat = { type: 'StatusChange', extensionId, released: false, at: event.at, place } as const;
  // Who is let in at once has dialled all the same.
  if (connection.parent !== null && call.kind === 'conference') {
    const dialling: Connection = { ...connection, state: 'initiated', answeredAt: null };
    const connections = new Map(call.connections).set(connection.id, dialling);
    told.push({ ...seat, call: { ...call, connections }, connection: dialling });
  }
  told.push({ ...seat, call, connection });
}

interface GoingOn {
  readonly extensionId: string;
  readonly was: Placed;
  readonly is: Placed;
  /** Of its call: who came in or left. */
  readonly parties: readonly string[];
  /** Where in the step a phone of this extension was back from hold. */
  readonly back: number | undefined;
}

function goOn({ extensionId, was, is, parties, back }: GoingOn, told: SeatChange[]): void {
  const { call, connection, story } = is;
  const earlier = was.connection;
  const { event, place } = story.events.at(-1)!;
  const seat = { extensionId, call, connection, released: false, at: event.at };
  const tell = (type: NotificationType, at = place) => told.push({ ...seat, type, place: at });
  const saidBefore = told.length;
  const [before, now] = [stateOf(was), stateOf(is)];
  const answered = isAnswered(before) && isAnswered(now);
  const moved = was.call.id !== call.id;
  const own =
    before !== now ||
    earlier.muted !== connection.muted ||
    earlier.role !== connection.role ||
    earlier.parent !== connection.parent;
  const supervised = isListenedTo(was) !== isListenedTo(is) || isMutedSupervised(was) !== isMutedSupervised(is);
  if (answered && (moved || parties.some((id) => id !== connection.id))) tell('ParticipantsUpdated');
  // Of two calls that change places, the one that is talked in now comes first.
  else if (own || earlier.coach !== connection.coach || supervised) {
    tell('StatusChange', now === 'Held' ? (back ?? place - 0.5) + 0.5 : place);
  } else if (othersChanged(was, is, parties)) tell('ParticipantsUpdated');
  // What comes by a merge is told with the parties; where these are the same, by itself.
  const byMerge = told.length === saidBefore && story.events.some(({ event }) => bringsData(event));
  if (byMerge || story.events.some(({ event }) => isOfUserData(event))) tell('AttachedDataChanged');
  if (!moved && recordingChanged(story)) tell('CallRecordingStateChange');
  if (monitoredMutedChanged(was, is)) tell('MonitoredUserMutedStateChange');
}

/** Extensions of which a phone is back from hold, and where in the step. */
function retrievedIn(stories: ReadonlyMap<string, Story>): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { after, events } of stories.values()) {
    for (const { event, place } of events) {
      if (event.type !== 'retrieved') continue;
      const device = after.connections.get(event.connectionId ?? '')?.device;
      if (device?.kind === 'extension') places.set(device.extensionId, place);
    }
  }
  return places;
}

function recordingChanged({ before, after }: Story): boolean {
  return before?.recordingId !== after.recordingId || before.recordingPaused !== after.recordingPaused;
}

/** Who came in, or left, of those who have answered; nobody who only listens is a party. */
function partiesChanged({ before, after, events }: Story): readonly string[] {
  if (before === null || !events.some(({ event }) => mayChangeParties(event))) return [];
  const earlier = partiesOf(before);
  const now = partiesOf(after);
  return [...[...earlier].filter((id) => !now.has(id)), ...[...now].filter((id) => !earlier.has(id))];
}

/**
 * Whether its user sees others in it, though it is no party of those: before it has answered itself, and while nobody
 * else has, when who rings is shown, and another rings because it was redirected. In a conference many are called, and
 * all see who is in it, also those who are about to come: who is called is news to one who is alone there.
 */
function othersChanged(was: Placed, is: Placed, parties: readonly string[]): boolean {
  if (is.call.kind === 'conference' && is.connection.answeredAt === null) return parties.length > 0;
  const alone = is.call.answered <= 1 && was.call.answered <= 1;
  if (!alone && (is.call.kind === 'conference' || parties.length === 0)) return false;
  const shown = (placed: Placed) => othersIn(placed).map(({ kind, number }) => `${kind} ${number}`);
  return shown(was).join() !== shown(is).join();
}

function mayChangeParties({ type, data }: CallEvent): boolean {
  return (
    type === 'established' ||
    type === 'conferenced' ||
    type === 'connectionCleared' ||
    type === 'originated' ||
    (type === 'dataChanged' && 'role' in data)
  );
}

function partiesOf(call: Call): Set<string> {
  const ids = new Set<string>();
  for (const { id, role, state } of call.connections.values()) {
    if (role !== 'supervisor' && (state === 'connected' || state === 'hold')) ids.add(id);
  }
  return ids;
}

/** For who supervises, whether he takes part or not: whom he is there for was muted, or is no more. */
function monitoredMutedChanged(was: Line, is: Line): boolean {
  const before = supervisedBy(was)?.muted;
  const now = supervisedBy(is)?.muted;
  return before !== undefined && now !== undefined && before !== now;
}

function bringsData({ type, data }: CallEvent): boolean {
  return type === 'conferenced' && 'data' in data;
}

function isOfUserData({ type, connectionId, data }: CallEvent): boolean {
  return type === 'dataChanged' && connectionId === null && ('set' in data || 'removed' in data);
}

function isAnswered(state: CallState): boolean {
  return state === 'Established' || state === 'Held';
}
