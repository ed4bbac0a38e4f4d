import type { NoteNumber } from '../note-number.ts';
import type { NumberedNotice } from './notice.ts';

/** Whose phones somebody listens for. */
export interface LiveUser {
  readonly organizationId: string;
  readonly userId: number;
}

export function userKey({ organizationId, userId }: LiveUser): string {
  return `${organizationId}-${userId}`;
}

/** A client, or a part of what one listens to, that is told what happens at its user's phones. */
export interface Listener {
  readonly user: LiveUser;
  /** What links in what it is told begin with. */
  readonly base: string;
  wants(channel: string): boolean;
  /** How many more it takes now of what can wait. */
  readonly room: number;
  /** Nothing more is to be told. */
  readonly over: boolean;
  /** What happened at once, or one after the other: at least one. It must take it: what has no room ends it. */
  tell(notices: readonly NumberedNotice[]): void;
  /** All that was missed has been told, up to this. */
  caughtUp(last: NoteNumber): void;
}

/** How far a listener has been told. */
export interface Following {
  readonly listener: Listener;
  after: NoteNumber;
  /** Where the log is to be read from for what is behind that: the end of a step. */
  from: number;
  /** False while it is told what it missed. */
  live: boolean;
}
