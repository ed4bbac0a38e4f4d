import type { Call } from './call.ts';
import type { Connection } from './connection.ts';

/** What a leg's media is to be. */
export interface LegSound {
  /** The call in whose room it is. */
  readonly room: string | null;
  readonly held: 'music' | 'silence' | null;
  readonly muted: boolean;
  readonly deaf: boolean;
}

export interface RoomSound {
  readonly open: boolean;
  readonly music: boolean;
}

/** A leg that is in no room, and a room that is not there: what media begins and ends with. */
export const noSound: LegSound = { room: null, held: null, muted: false, deaf: false };
export const noRoom: RoomSound = { open: false, music: false };

/**
 * The sound of a leg follows from the state alone; steps never command it. What must be told to the media is the
 * difference between before and after.
 */
export function legSound(call: Call, connection: Connection): LegSound {
  const answered = connection.state === 'connected' || connection.state === 'hold';
  const room = call.room && answered ? call.id : null;
  return { room, held: held(call, connection), muted: connection.muted, deaf: connection.deaf };
}

function held(call: Call, connection: Connection): LegSound['held'] {
  if (connection.state === 'hold') return 'silence';
  if (connection.state !== 'connected') return null;
  return hearsMusic(call, connection) ? 'music' : null;
}

function hearsMusic(call: Call, connection: Connection): boolean {
  if (call.kind === 'conference') return call.waiting && connection.role === 'participant';
  // The held party: everybody else put the call on hold.
  return call.room && call.connected === 1;
}

export function roomSound(call: Call): RoomSound {
  const open = call.room && !call.ended;
  const music = open && call.conference?.musicWhileAlone === true && !call.waiting && call.connected === 1;
  return { open, music };
}

/** A change of this changes what legs hear that no event named: then all of the call's legs are compared. */
export function affectsAll(before: Call, after: Call): boolean {
  if (before.room !== after.room && before.answered > 0) return true;
  if (after.kind === 'conference') return before.waiting !== after.waiting;
  return (before.connected === 1) !== (after.connected === 1);
}
