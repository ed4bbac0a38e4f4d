import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { CallEvent } from '../../../../call/model/events.ts';
import type { CallChange } from '../../../../push/projection.ts';
import { type CallState, isSeen, type Line, stateOf } from '../seat.ts';

/** What is told of a call to who sits in it. */
export type NotificationType =
  | 'StatusChange'
  | 'ParticipantsUpdated'
  | 'AttachedDataChanged'
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

/** One call in one step. */
interface Story {
  readonly before: Call | null;
  after: Call;
  readonly events: { readonly event: CallEvent; readonly place: number }[];
}

/** Nobody's call looks different after these. */
const unseen: ReadonlySet<CallEvent['type']> = new Set([
  'talking',
  'digitsGenerated',
  'entryRefused',
  'pinsGuessed',
  'diverted',
]);

/**
 * What one step is to those who sit in its calls. A call changes once in a step, whatever led to it: who is back from
 * hold and finds more parties than before is told of the parties, and who is new in a call, or has left it, is told
 * nothing else of it.
 */
export function seatChanges(changes: readonly CallChange[]): SeatChange[] {
  const stories = new Map<string, Story>();
  const retrieved = new Map<string, number>();
  for (const [place, { event, before, after }] of changes.entries()) {
    if (unseen.has(event.type)) continue;
    const story = stories.get(event.callId) ?? { before, after, events: [] };
    stories.set(event.callId, story);
    story.after = after;
    story.events.push({ event, place });
    const back = event.type === 'retrieved' ? after.connections.get(event.connectionId ?? '')?.device : undefined;
    if (back?.kind === 'extension') retrieved.set(back.extensionId, place);
  }
  const told: SeatChange[] = [];
  for (const story of stories.values()) tellStory(story, retrieved, told);
  return told.sort((one, other) => one.place - other.place);
}

function tellStory(story: Story, retrieved: ReadonlyMap<string, number>, told: SeatChange[]): void {
  const { before, after, events } = story;
  const { event: last, place } = events.at(-1)!;
  const cleared = new Map<string, number>();
  for (const { event, place: at } of events) {
    if (event.type === 'connectionCleared' && event.connectionId !== null) cleared.set(event.connectionId, at);
  }
  const parties = partiesChanged(story);
  const data = events.some(({ event }) => isOfUserData(event));
  const recording = before?.recordingId !== after.recordingId || before.recordingPaused !== after.recordingPaused;
  const muted = mutedIn(story);
  const common = { at: last.at };

  for (const connection of before?.connections.values() ?? []) {
    const gone = !after.connections.has(connection.id) || after.ended;
    if (!gone || before === null || connection.device.kind !== 'extension') continue;
    if (!isSeen({ call: before, connection })) continue;
    const { extensionId } = connection.device;
    if (!after.ended && isShownTo(after, extensionId)) continue;
    const at = cleared.get(connection.id) ?? place;
    told.push({
      ...common,
      type: 'StatusChange',
      extensionId,
      call: before,
      connection,
      released: true,
      place: at,
    });
  }
  if (after.ended) return;
  for (const connection of after.connections.values()) {
    if (connection.device.kind !== 'extension') continue;
    const { extensionId } = connection.device;
    const earlier = before?.connections.get(connection.id);
    const was = before === null || earlier === undefined ? null : shownState({ call: before, connection: earlier });
    const is = shownState({ call: after, connection });
    const seat = { ...common, extensionId, call: after, connection, released: false };
    const tell = (type: NotificationType, at = place) => told.push({ ...seat, type, place: at });
    if (is === null || is === 'Released') continue;
    if (was === null || earlier === undefined) {
      tell('StatusChange');
      continue;
    }
    const others = isAnswered(was) && isAnswered(is) && parties.some((id) => id !== connection.id);
    const status = was !== is || earlier.muted !== connection.muted || earlier.role !== connection.role;
    if (others) tell('ParticipantsUpdated');
    // Of two calls that change places, the one that is talked in now comes first.
    else if (status || earlier.coach !== connection.coach) {
      tell('StatusChange', is === 'Held' ? (retrieved.get(extensionId) ?? place - 0.5) + 0.5 : place);
    }
    if (data) tell('AttachedDataChanged');
    if (recording && isAnswered(was) && isAnswered(is)) tell('CallRecordingStateChange');
    if (connection.role === 'supervisor' && muted.some((id) => monitors(connection, id))) {
      tell('MonitoredUserMutedStateChange');
    }
  }
}

/** Whether a phone of this extension is in the call, as far as its user knows. */
function isShownTo(call: Call, extensionId: string): boolean {
  for (const connection of call.connections.values()) {
    const { device } = connection;
    if (device.kind === 'extension' && device.extensionId === extensionId && isSeen({ call, connection })) return true;
  }
  return false;
}

/** Null: its user is not told of it yet. */
function shownState(line: Line): CallState | null {
  return isSeen(line) ? stateOf(line) : null;
}

/** Who came in, or left, of those who have answered; nobody who only listens is a party. */
function partiesChanged({ before, after, events }: Story): readonly string[] {
  if (before === null || !events.some(({ event }) => mayChangeParties(event))) return [];
  const earlier = partiesOf(before);
  const now = partiesOf(after);
  return [...[...earlier].filter((id) => !now.has(id)), ...[...now].filter((id) => !earlier.has(id))];
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

/** Whose sound was turned off or on, of those who were there before. */
function mutedIn({ before, after, events }: Story): readonly string[] {
  const ids: string[] = [];
  for (const { event } of events) {
    const { type, connectionId, data } = event;
    if (type !== 'dataChanged' || connectionId === null || data.muted === undefined) continue;
    const earlier = before?.connections.get(connectionId);
    const now = after.connections.get(connectionId);
    if (earlier !== undefined && now !== undefined && earlier.muted !== now.muted) ids.push(connectionId);
  }
  return ids;
}

function monitors({ id, coach }: Connection, muted: string): boolean {
  return id !== muted && (coach === null || coach === muted);
}

function isOfUserData({ type, connectionId, data }: CallEvent): boolean {
  return type === 'dataChanged' && connectionId === null && ('set' in data || 'removed' in data);
}

function isAnswered(state: CallState): boolean {
  return state === 'Established' || state === 'Held';
}
