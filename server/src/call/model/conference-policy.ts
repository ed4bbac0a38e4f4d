/**
 * How one scheduled conference behaves: plain data, given by the directory on admission and stored in the call's first
 * event. Holds no PIN.
 */
export interface ConferencePolicy {
  readonly conferenceId: string;
  readonly organizationId: string;
  readonly extensionId: string;
  /** Number of the conference extension, e.g. `211`. */
  readonly extensionNumber: string;
  /** Number of the conference within its extension, e.g. `3`. */
  readonly number: string;
  readonly name: string;
  /** Most connections at once, those being dialled included. */
  readonly roomSize: number;
  readonly musicWhileAlone: boolean;
  /** Participants hear music until the first moderator comes. */
  readonly waitForModerator: boolean;
  /** The last moderator to leave ends the conference. */
  readonly closeWhenModeratorsLeave: boolean;
  /** The one who joins is told how many are there. */
  readonly announceCount: boolean;
  /** The others hear a tone when somebody joins. */
  readonly entryTone: boolean;
  readonly record: 'never' | 'always' | 'choice';
  /** The recorded are reminded of it by a tone. */
  readonly recordTone: boolean;
  /** Locked from the start: only moderators come in. */
  readonly locked: boolean;
}
