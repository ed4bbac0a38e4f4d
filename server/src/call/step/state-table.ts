import type { Call, CallKind } from '../model/call.ts';
import { type CallErrorCode, callError } from '../model/call-error.ts';
import type { Connection, ConnectionState } from '../model/connection.ts';
import type { Draft } from './draft.ts';

/** The connection states as tables see them: `initiated` means two things, by direction. */
export const places = [
  'null',
  'initiatedIncoming',
  'initiatedOutgoing',
  'alerting',
  'connected',
  'hold',
  'fail',
] as const;
export type Place = (typeof places)[number];

/** What an input does to a connection. */
export type Row<Input> =
  /** Acts; the connection is in `next` afterwards. */
  | {
      readonly rule: 'go';
      readonly next: ConnectionState;
      readonly act: (draft: Draft, call: Call, connection: Connection, input: Input) => void;
    }
  /** Already so: accepted, no event. */
  | { readonly rule: 'stay' }
  /** Late or out of place (reports only): counted, no event. */
  | { readonly rule: 'ignore' }
  /** The caller's mistake (services only). */
  | { readonly rule: 'refuse'; readonly code: CallErrorCode; readonly why: string }
  /** Depends on what the connection is in. */
  | { readonly rule: 'byKind'; readonly rows: Readonly<Record<CallKind, Row<Input>>> };

/** One input: a row for every state. */
export type StateTable<Input> = Readonly<Record<Place, Row<Input>>>;

export const stay: Row<unknown> = { rule: 'stay' };
export const ignore: Row<unknown> = { rule: 'ignore' };
export const noConnection: Row<unknown> = {
  rule: 'refuse',
  code: 'connectionNotFound',
  why: 'There is no such connection in this call.',
};

export function go<Input>(
  next: ConnectionState,
  act: (draft: Draft, call: Call, connection: Connection, input: Input) => void,
): Row<Input> {
  return { rule: 'go', next, act };
}

export function refuse(why: string): Row<unknown> {
  return { rule: 'refuse', code: 'invalidState', why };
}

export function byKind<Input>(rows: Readonly<Record<CallKind, Row<Input>>>): Row<Input> {
  return { rule: 'byKind', rows };
}

export function placeOf(connection: Connection | undefined): Place {
  if (connection === undefined) return 'null';
  if (connection.state !== 'initiated') return connection.state;
  return connection.direction === 'incoming' ? 'initiatedIncoming' : 'initiatedOutgoing';
}

/** The row for a place in a kind of call, `byKind` resolved. */
export function rowOf<Input>(table: StateTable<Input>, place: Place, kind: CallKind): Row<Input> {
  const row = table[place];
  return row.rule === 'byKind' ? row.rows[kind] : row;
}

/** Applies an input to one connection. False when the table says to ignore it. */
export function apply<Input>(
  table: StateTable<Input>,
  draft: Draft,
  call: Call,
  connectionId: string,
  input: Input,
): boolean {
  const connection = call.connections.get(connectionId);
  const row = rowOf(table, placeOf(connection), call.kind);
  if (row.rule === 'refuse') throw callError(row.code, row.why, { callId: call.id, connectionId });
  // No table acts on a connection that is not there.
  if (row.rule === 'go' && connection !== undefined) row.act(draft, call, connection, input);
  return row.rule !== 'ignore';
}

/** What a service does to a call as a whole, by the kind of call; `none`: there is no such call. */
export type CallPlace = 'none' | CallKind;

export type CallRow<Input, Result> =
  | { readonly rule: 'go'; readonly act: (draft: Draft, call: Call | null, input: Input) => Result }
  | { readonly rule: 'refuse'; readonly code: CallErrorCode; readonly why: string };

export type CallTable<Input, Result> = Readonly<Record<CallPlace, CallRow<Input, Result>>>;

export function goCall<Input, Result>(
  act: (draft: Draft, call: Call | null, input: Input) => Result,
): CallRow<Input, Result> {
  return { rule: 'go', act };
}

/** As `goCall`, for rows where the call exists. */
export function onCall<Input, Result>(act: (draft: Draft, call: Call, input: Input) => Result): CallRow<Input, Result> {
  return { rule: 'go', act: act as (draft: Draft, call: Call | null, input: Input) => Result };
}

export function refuseCall(code: CallErrorCode, why: string): CallRow<never, never> & { rule: 'refuse' } {
  return { rule: 'refuse', code, why };
}

export const noCall = refuseCall('callNotFound', 'There is no such call.');
export const callExists = refuseCall('conflict', 'This call exists already.');

export function applyCall<Input, Result>(
  table: CallTable<Input, Result>,
  draft: Draft,
  callId: string,
  input: Input,
): Result {
  const call = draft.find(callId);
  const row = table[call === null ? 'none' : call.kind];
  if (row.rule === 'refuse') throw callError(row.code, row.why, { callId });
  return row.act(draft, call, input);
}
