import type { Call, CallKind } from '../model/call.ts';
import type { Cause, Unreached } from '../model/cause.ts';
import type { Connection } from '../model/connection.ts';
import { shownName } from '../model/device.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Draft } from './draft.ts';
import { hearNext } from './early-sound.ts';
import { endRecording } from './recording.ts';
import { ringsForAnother } from './sent-on.ts';

/**
 * One connection leaves; what that means for the others is the kind's rule. `end`: why the call ends, if it does
 * for this, and how the others are told; default: as the connection. Its leg is cleared when no other connection wants
 * it (see draft.ts).
 */
export function depart(
  draft: Draft,
  call: Call,
  connection: Connection,
  cause: Cause,
  end: Unreached = { cause },
): void {
  settleAfter(draft, draft.emitCleared(call, connection, cause), connection, end);
}

/** What it means for a call that this connection is gone from it. */
export function settleAfter(draft: Draft, after: Call, gone: Connection, end: Unreached): void {
  afterDeparture[after.kind](draft, after, gone, end);
}

/** A phone that was dialled did not answer. */
export function notReached(draft: Draft, call: Call, connection: Connection, why: Unreached): void {
  const { cause, refusal } = why;
  const after = draft.emit(call.id, 'failed', connection.id, cause, refusal === undefined ? {} : { refusal });
  // Of several phones that rang together, the last to fail need not be the one to tell of.
  const end = connection.hunt === null ? why : (after.unreached ?? why);
  depart(draft, after, draft.connection(call.id, connection.id), cause, end);
}

/** Everybody leaves, then the call ends. `by`: the name of who ended it for all. */
export function endCall(draft: Draft, call: Call, cause: Cause, refusal?: Refusal, by?: string): void {
  let rest = endRecording(draft, call, cause);
  for (const connection of call.connections.values()) rest = draft.emitCleared(rest, connection, cause, refusal);
  draft.emit(call.id, 'callCleared', null, cause, by === undefined ? {} : { by });
}

const afterDeparture: Readonly<
  Record<CallKind, (draft: Draft, after: Call, gone: Connection, end: Unreached) => void>
> = {
  call: (draft, after, _gone, { cause, refusal }) => {
    if (!goesOn(after)) endCall(draft, after, passedOn(cause), refusal);
    else hearNext(draft, after);
  },
  access: (draft, after, _gone, { cause }) => {
    if (after.connections.size === 0) endCall(draft, after, cause);
  },
  conference: (draft, after, gone, { cause }) => {
    const closes = after.conference?.closeWhenModeratorsLeave === true;
    // Supervisors are there for the others.
    if (after.connections.size === 0) endCall(draft, after, cause);
    else if (after.connections.size === after.supervisors.length) endCall(draft, after, passedOn(cause));
    else if (closes && wasModerator(gone) && after.moderators === 0) {
      endCall(draft, after, 'moderatorsLeft', undefined, shownName(gone.device));
    }
  },
};

/** One alone has nobody to talk to, unless it waits to be fetched. */
function goesOn(call: Call): boolean {
  return call.parked === null ? partiesLeft(call) >= 2 : call.answered > 0;
}

/**
 * Phones that ring for one party count as one, also where that party is still there; so does the party still to be
 * dialled. Supervisors do not.
 */
function partiesLeft(call: Call): number {
  let parties = call.destination === null ? 0 : 1;
  const hunts = new Set<string>();
  for (const connection of call.connections.values()) {
    const { role, hunt, answeredAt } = connection;
    if (role === 'supervisor' || ringsForAnother(call, connection)) continue;
    if (hunt !== null && answeredAt === null) hunts.add(hunt);
    else parties += 1;
  }
  return parties + hunts.size;
}

function wasModerator(connection: Connection): boolean {
  return connection.role === 'moderator' && (connection.state === 'connected' || connection.state === 'hold');
}

/** Why the others go: as the first, except that only the first was put out. */
function passedOn(cause: Cause): Cause {
  return cause === 'removed' ? 'normal' : cause;
}
