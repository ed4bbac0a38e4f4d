import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { checkCallsOf, heldThereOn, holdForAnother, takeIdleLeg } from '../step/leg-turn.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { AlternateCall } from './requests.ts';
import { checkSamePhone } from './same-phone.ts';
import type { Service } from './service.ts';

const notHeld = refuse('An active call can be swapped only with a held one.');
const notActive = refuse('Only an active call can be swapped with a held one.');

/** AlternateCall, of the held connection: hold → connected, and the one that its phone talks in → hold. */
const alternateCallTable: StateTable<AlternateCall> = {
  null: noConnection,
  initiatedIncoming: notHeld,
  initiatedOutgoing: notHeld,
  alerting: notHeld,
  connected: notHeld,
  hold: go('connected', swap),
  fail: notHeld,
};

/** The other of the two. */
const alternatedTable: StateTable<AlternateCall> = {
  null: noConnection,
  initiatedIncoming: notActive,
  initiatedOutgoing: notActive,
  alerting: notActive,
  connected: go('hold', hold),
  hold: notActive,
  fail: notActive,
};

export const alternateCall: Service<AlternateCall, void> = {
  calls: ({ active, held }) => [active.callId, held.callId],
  step(draft, request) {
    const { held } = request;
    apply(alternateCallTable, draft, draft.call(held.callId), held.connectionId, request);
  },
};

function swap(draft: Draft, call: Call, connection: Connection, request: AlternateCall): void {
  const { active } = request;
  checkSamePhone(draft, active, request.held);
  const { legId, target } = draft.connection(active.callId, active.connectionId);
  apply(alternatedTable, draft, draft.call(active.callId), active.connectionId, request);
  if (goesOver(draft, connection, legId)) {
    checkCallsOf(draft, legId);
    draft.emit(call.id, 'retrieved', connection.id, 'normal', { leg: { legId, target } });
    return;
  }
  // On a leg of its own it may not take that from a third call.
  if (draft.leg(connection.legId)?.active !== null) takeIdleLeg(draft, connection);
  const back = connection.legHere ? {} : ({ legHere: true } as const);
  draft.emit(call.id, 'retrieved', connection.id, 'normal', back);
}

/** Gives its leg to the other, where they have one between them. */
function hold(draft: Draft, call: Call, connection: Connection, { held }: AlternateCall): void {
  const other = draft.connection(held.callId, held.connectionId);
  const { legId } = connection;
  if (legId === other.legId || goesOver(draft, other, legId)) holdForAnother(draft, legId);
  else draft.emit(call.id, 'held', connection.id, 'normal', {});
}

/**
 * A phone with a leg for each call goes on where it talks, as with a merge: what it holds itself nobody else can take
 * back, so from then on both calls have the leg that it talks on, and the other ends.
 */
function goesOver(draft: Draft, held: Connection, legId: string): boolean {
  return held.legId !== legId && heldThereOn(draft, held.legId) !== null;
}
