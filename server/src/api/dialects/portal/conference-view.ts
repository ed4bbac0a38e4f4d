import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import { shownName } from '../../../call/model/device.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import type { LegsKnown } from '../dialect.ts';

/** What is known of the legs of those who are in the conference. */
export interface LegsSeen {
  readonly isBrowser: (legId: string) => boolean;
  readonly legs: Pick<LegsKnown, 'isEncrypted'>;
}

/** How a browser sees one of those who are in the conference. */
export function participantView(connection: Connection, { isBrowser, legs }: LegsSeen): object {
  const { id, device, direction, legId, role, state, muted, mutedBy, talking, handRaised, startedAt } = connection;
  const browser = isBrowser(legId);
  return {
    id,
    name: shownName(device) || 'Guest',
    address: browser ? '' : device.number,
    kind: browser ? 'browser' : direction === 'outgoing' ? 'number' : 'phone',
    role: role === 'moderator' ? 'moderator' : 'participant',
    state: state === 'hold' ? 'held' : state === 'connected' ? 'connected' : 'connecting',
    muted,
    mutedBy: muted ? (mutedBy ?? 'self') : null,
    talking,
    handRaised,
    joinedAt: startedAt,
    encrypted: legs.isEncrypted(legId),
  };
}

/** Supervisors are heard or listen, and are not seen. */
export function isShown({ role }: Connection): boolean {
  return role !== 'supervisor';
}

export function recordingOf({ recording, recordingPaused }: Call): 'on' | 'off' | 'paused' {
  return recording ? (recordingPaused ? 'paused' : 'on') : 'off';
}

/** What the running recording is called; null: nothing. */
export function recordingNameOf({ recordingLabel }: Call): string | null {
  return recordingLabel?.name ?? null;
}

export function conferenceView(call: Call, self: string | null, meeting: MeetingView, seen: LegsSeen): object {
  const connections = [...call.connections.values()].filter(isShown);
  return {
    self,
    meetingId: meeting.meetingId,
    publicNumbers: meeting.publicNumbers,
    subject: call.conference?.name ?? meeting.name,
    locked: call.locked,
    recording: recordingOf(call),
    recordingName: recordingNameOf(call),
    recordingMode: call.conference?.record ?? 'never',
    moderatorPasscode: meeting.hasModeratorPin,
    waiting: call.waiting,
    endsAt: call.endsAt,
    participants: connections.map((connection) => participantView(connection, seen)),
  };
}
