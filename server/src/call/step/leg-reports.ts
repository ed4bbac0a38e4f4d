import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { alert, alertOnceMore, answered, tellForwarded } from './arrival.ts';
import { depart, notReached } from './departure.ts';
import type { Draft } from './draft.ts';
import type { LegReport } from './reports.ts';
import { sendDigits } from './send-digits.ts';
import { apply, byKind, go, ignore, type StateTable } from './state-table.ts';
import { talkers } from './talkers.ts';

type Report<Type extends LegReport['type']> = Extract<LegReport, { readonly type: Type }>;

/** How long a relayed key sounds at the other end, ms: what phones send may be too short or endless. */
const shortestDigitMs = 60;
const longestDigitMs = 1000;

/*
 * What each report does in each state (see connection.ts; `initiated` by direction):
 *
 *   report            | initiated in | initiated out | alerting  | connected | hold      | fail
 *   delivered         | –            | alerting      | alerting  | –         | –         | –
 *   sentOn            | –            | initiated     | alerting  | –         | –         | –
 *   answered          | –            | connected     | connected | –         | –         | –
 *   failed, cleared   | null         | null          | null      | null      | null      | null
 *   mediaLost         | null         | null          | null      | null      | null      | null
 *   heldByPeer        | –            | –             | –         | hold      | hold      | –
 *   retrievedByPeer   | –            | –             | –         | –         | connected | –
 *   digit             | initiated    | –             | alerting  | connected | –         | –
 *   talking           | –            | –             | –         | connected | –         | –
 */
export const reportTables: { readonly [Type in LegReport['type']]: StateTable<Report<Type>> } = {
  delivered: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: go('alerting', alert),
    alerting: byKind({ call: go('alerting', alertOnceMore), access: ignore, conference: ignore }),
    connected: ignore,
    hold: ignore,
    fail: ignore,
  },
  sentOn: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: go('initiated', sentOn),
    alerting: go('alerting', sentOn),
    connected: ignore,
    hold: ignore,
    fail: ignore,
  },
  answered: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: go('connected', answered),
    alerting: go('connected', answered),
    connected: ignore,
    hold: ignore,
    fail: ignore,
  },
  failed: {
    null: ignore,
    initiatedIncoming: go('null', gone),
    initiatedOutgoing: go('null', unreached),
    alerting: go('null', unreached),
    connected: go('null', gone),
    hold: go('null', gone),
    fail: go('null', gone),
  },
  cleared: {
    null: ignore,
    initiatedIncoming: go('null', gone),
    initiatedOutgoing: go('null', unreached),
    alerting: go('null', unreached),
    connected: go('null', gone),
    hold: go('null', gone),
    fail: go('null', gone),
  },
  heldByPeer: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: ignore,
    alerting: ignore,
    connected: go('hold', hold),
    hold: go('hold', holdToo),
    fail: ignore,
  },
  retrievedByPeer: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: ignore,
    alerting: ignore,
    connected: ignore,
    hold: go('connected', retrieve),
    fail: ignore,
  },
  digit: {
    null: ignore,
    // Before the answer keys go where sound goes: to and from a phone that is heard already.
    initiatedIncoming: byKind({ call: go('initiated', relayEarly), access: ignore, conference: ignore }),
    initiatedOutgoing: ignore,
    alerting: byKind({ call: go('alerting', relayEarly), access: ignore, conference: ignore }),
    // What is pressed in an access call is a number or a PIN: no trace of it, not even that it was pressed.
    connected: byKind({ call: go('connected', relay), access: ignore, conference: go('connected', pressed) }),
    hold: ignore,
    fail: ignore,
  },
  talking: {
    null: ignore,
    initiatedIncoming: ignore,
    initiatedOutgoing: ignore,
    alerting: ignore,
    connected: byKind({ call: ignore, access: ignore, conference: go('connected', talking) }),
    hold: ignore,
    fail: ignore,
  },
  mediaLost: {
    null: ignore,
    initiatedIncoming: go('null', lost),
    initiatedOutgoing: go('null', lost),
    alerting: go('null', lost),
    connected: go('null', lost),
    hold: go('null', lost),
    fail: go('null', lost),
  },
};

/** What ends a leg ends all its connections, the one that it serves now first; everything else is about that one. */
const endings: ReadonlySet<LegReport['type']> = new Set(['failed', 'cleared', 'mediaLost']);

/** One report of one leg, as a step. False when it came late or out of place. */
export function legReport(
  draft: Draft,
  { legId, report }: { readonly legId: string; readonly report: LegReport },
): boolean {
  const place = draft.leg(legId);
  if (place === null) return false;
  const table = reportTables[report.type] as StateTable<LegReport>;
  const { active, refs } = place;
  if (!endings.has(report.type)) return active !== null && reported(draft, table, active, report);
  if (report.type !== 'mediaLost') draft.legIsOver(legId);
  const first = active === null ? [] : [active];
  const held = refs.filter((ref) => ref.connectionId !== active?.connectionId);
  // All of them, also where the first was late.
  return [...first, ...held].map((ref) => reported(draft, table, ref, report)).some((heeded) => heeded);
}

function reported(draft: Draft, table: StateTable<LegReport>, ref: CallRef, report: LegReport): boolean {
  const call = draft.find(ref.callId);
  return call !== null && apply(table, draft, call, ref.connectionId, report);
}

function unreached(draft: Draft, call: Call, connection: Connection, report: Report<'failed' | 'cleared'>): void {
  // A call that waited at a leg in another call ends like one that was not answered; its phone has not failed.
  if (!connection.legHere) {
    gone(draft, call, connection, report);
    return;
  }
  const refusal = report.type === 'failed' ? report.refusal : undefined;
  notReached(draft, call, connection, { cause: report.cause, ...(refusal === undefined ? {} : { refusal }) });
}

function gone(draft: Draft, call: Call, connection: Connection, report: Report<'failed' | 'cleared'>): void {
  depart(draft, call, connection, report.cause);
}

function lost(draft: Draft, call: Call, connection: Connection): void {
  depart(draft, call, connection, 'mediaFailure');
}

function sentOn(draft: Draft, call: Call, { id, device: by }: Connection, { to }: Report<'sentOn'>): void {
  tellForwarded(draft, draft.emit(call.id, 'diverted', id, 'normal', { to, by, reason: 'deflected' }));
}

function hold(draft: Draft, call: Call, connection: Connection, { back }: Report<'heldByPeer'>): void {
  draft.emit(call.id, 'held', connection.id, 'normal', { there: back ?? true });
}

/** On hold for somebody else's asking before; or others can have the phone take it back no more. */
function holdToo(draft: Draft, call: Call, { id, heldThere }: Connection, { back }: Report<'heldByPeer'>): void {
  const now = back ?? true;
  if (heldThere !== now) draft.emit(call.id, 'dataChanged', id, 'normal', { heldThere: now });
}

function retrieve(draft: Draft, call: Call, connection: Connection): void {
  draft.emit(call.id, 'retrieved', connection.id, 'normal', {});
}

function relay(draft: Draft, call: Call, connection: Connection, report: Report<'digit'>): void {
  const digits = report.digit;
  pressed(draft, call, connection);
  const durationMs = Math.min(longestDigitMs, Math.max(shortestDigitMs, report.durationMs));
  sendDigits(draft, call, connection, digits, durationMs);
}

function relayEarly(draft: Draft, call: Call, connection: Connection, report: Report<'digit'>): void {
  if (connection.early) relay(draft, call, connection, report);
}

function pressed(draft: Draft, call: Call, connection: Connection): void {
  // It may be a PIN, here or at what the other party has dialled, so only that a key was pressed is told.
  draft.emit(call.id, 'digitsGenerated', connection.id, 'normal', { digits: null, count: 1, by: 'device' });
}

function talking(draft: Draft, call: Call, connection: Connection, report: Report<'talking'>): void {
  talkers(draft, { callId: call.id, changes: new Map([[connection.id, report.talking]]) });
}
