import type { Call, CallKind } from './call.ts';
import type { Cause } from './cause.ts';
import type { Connection } from './connection.ts';
import type { Draft } from './draft.ts';

/** Whether the leg still has to be cleared (`clear`) or is gone already (`gone`). */
export type LegFate = 'clear' | 'gone';

/** One connection leaves; what that means for the others is the kind's rule. */
export function depart(draft: Draft, call: Call, connection: Connection, cause: Cause, leg: LegFate): void {
  const after = clear(draft, call, connection, cause, leg);
  afterDeparture[call.kind](draft, after, connection, cause);
}

/** Everybody leaves, then the call ends. */
export function endCall(draft: Draft, call: Call, cause: Cause): void {
  let rest = call;
  for (const connection of call.connections.values()) rest = clear(draft, rest, connection, cause, 'clear');
  draft.emit(call.id, 'callCleared', null, cause, {});
}

const afterDeparture: Readonly<Record<CallKind, (draft: Draft, after: Call, gone: Connection, cause: Cause) => void>> =
  {
    // One alone has nobody to talk to.
    call: (draft, after, _gone, cause) => {
      if (after.connections.size < 2) endCall(draft, after, passedOn(cause));
    },
    access: (draft, after, _gone, cause) => {
      if (after.connections.size === 0) endCall(draft, after, cause);
    },
    conference: (draft, after, gone, cause) => {
      const closes = after.conference?.closeWhenModeratorsLeave === true;
      if (after.connections.size === 0) endCall(draft, after, cause);
      else if (closes && wasModerator(gone) && after.moderators === 0) endCall(draft, after, 'moderatorsLeft');
    },
  };

function wasModerator(connection: Connection): boolean {
  return connection.role === 'moderator' && (connection.state === 'connected' || connection.state === 'hold');
}

/** Why the other party of a two-party call goes: as the first, except that only the first was put out. */
function passedOn(cause: Cause): Cause {
  return cause === 'removed' ? 'normal' : cause;
}

function clear(draft: Draft, call: Call, connection: Connection, cause: Cause, leg: LegFate): Call {
  if (leg === 'clear' && connection.legId !== null) {
    draft.effect('clear', { do: 'clear', legId: connection.legId, cause });
  }
  return draft.emitCleared(call, connection, cause);
}
