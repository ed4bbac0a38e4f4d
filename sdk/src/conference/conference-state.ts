/** Of a conference as a whole, as the server tells it: docs/protocols/webrtc.md. */
export interface ConferenceState {
  readonly self: string | null;
  readonly meetingId: string;
  readonly publicNumbers: readonly string[];
  readonly subject: string;
  readonly locked: boolean;
  readonly recording: 'off' | 'on' | 'paused';
  readonly recordingMode: string;
  /** Whether one becomes a moderator by a passcode. */
  readonly moderatorPasscode?: boolean;
  /** Whether the server knows who this is. */
  readonly signedIn?: boolean;
  readonly waiting: boolean;
  readonly endsAt: number | null;
}

/** The callbacks, by name and what they are given, that tell how it is other than before. */
export function toldOf(before: ConferenceState, after: ConferenceState): (readonly [string, unknown])[] {
  const told: (readonly [string, unknown])[] = [];
  if (before.locked !== after.locked) told.push(['ConferenceLockStatusChangedCallback', after.locked]);
  if (before.recording !== after.recording) told.push(['ConferenceRecordingStatusChangedCallback', after.recording]);
  if (before.waiting && !after.waiting) told.push(['ConferenceStartingCallback', 'audio']);
  if (!before.waiting && after.waiting) told.push(['ConferenceWaitingToStartCallback', 'audio']);
  return told;
}
