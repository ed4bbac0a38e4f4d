import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';

/** What a leg's media is to be. */
export interface LegSound {
  /** The call in whose room it is. */
  readonly room: string | null;
  readonly held: 'music' | 'silence' | null;
  readonly muted: boolean;
  readonly deaf: boolean;
  /** The only leg that hears it; null: all do. */
  readonly heardBy: string | null;
  /** It hears that the other phone rings. */
  readonly ringback: boolean;
}

export interface RoomSound {
  readonly open: boolean;
  readonly music: boolean;
  readonly recordingId: string | null;
  /** What is said now is left out of the recording. */
  readonly paused: boolean;
}

/** A leg that is in no room, and a room that is not there: what media begins and ends with. */
export const noSound: LegSound = {
  room: null,
  held: null,
  muted: false,
  deaf: false,
  heardBy: null,
  ringback: false,
};
export const noRoom: RoomSound = { open: false, music: false, recordingId: null, paused: false };

/**
 * The sound of a leg follows from the state of the connection that it serves; steps never command it. What must be told
 * to the media is the difference between before and after.
 */
export function legSound(call: Call, connection: Connection): LegSound {
  const answered = connection.state === 'connected' || connection.state === 'hold';
  // What has no media yet is told when it has.
  if (!answered && !connection.early) return noSound;
  const alone = aloneSound(call);
  const lonely = connection.role !== 'supervisor' && (connection.state === 'connected' || isEarlyCaller(connection));
  return {
    room: call.room ? call.id : null,
    held: held(call, connection),
    deaf: connection.deaf,
    ringback: lonely && alone === 'ringback',
    ...speech(call, connection),
  };
}

/**
 * A supervisor is heard by the one it coaches alone, and by nobody while that one is not there, whatever else it is set
 * to. Then it is set to be heard by itself: so it does not count as company, and whoever is alone with it goes on
 * hearing music and notices nothing.
 */
function speech(call: Call, { role, coach, muted, legId }: Connection): Pick<LegSound, 'muted' | 'heardBy'> {
  if (role !== 'supervisor') return { muted, heardBy: null };
  const coached = coach === null ? undefined : call.connections.get(coach);
  return coached?.legHere === true ? { muted, heardBy: coached.legId } : { muted: true, heardBy: legId };
}

function held(call: Call, connection: Connection): LegSound['held'] {
  if (connection.state === 'hold') return 'silence';
  if (connection.state !== 'connected' || connection.role === 'supervisor') return null;
  if (call.kind === 'conference') return call.waiting && connection.role === 'participant' ? 'music' : null;
  return aloneSound(call) === 'music' ? 'music' : null;
}

/** What the one party hears that has nobody to talk to (kind `call`). */
function aloneSound(call: Call): 'music' | 'ringback' | null {
  if (call.kind !== 'call') return null;
  // The caller of a phone whose sound came before its answer, and which is gone while another rings.
  if (call.connected === 0) return call.answered === 0 && call.early === 1 && call.ringing > 0 ? 'ringback' : null;
  if (call.connected > 1) return null;
  // The held party: everybody else put the call on hold.
  if (call.parked !== null || (call.room && call.answered > 1)) return 'music';
  return call.early === 0 && call.ringing > 0 ? 'ringback' : null;
}

function isEarlyCaller({ direction, state, early }: Connection): boolean {
  return early && direction === 'incoming' && state === 'initiated';
}

export function roomSound(call: Call): RoomSound {
  const open = call.room && !call.ended;
  const music = open && call.conference?.musicWhileAlone === true && !call.waiting && call.connected === 1;
  return { open, music, recordingId: open ? call.recordingId : null, paused: open && call.recordingPaused };
}

/** A change of this changes what legs hear that no event named: then all of the call's legs are compared. */
export function affectsAll(before: Call, after: Call): boolean {
  if (before.room !== after.room && before.connections.size > 0) return true;
  if (after.kind === 'conference') return before.waiting !== after.waiting;
  return aloneSound(before) !== aloneSound(after);
}
