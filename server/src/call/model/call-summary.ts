import type { CallKind } from './call.ts';
import type { CallRecord, Disposition } from './call-record.ts';
import type { Cause } from './cause.ts';
import type { Direction } from './connection.ts';
import { type CallEvent, organizationOf } from './events.ts';

/** One connection of an ended call, or that ended before its call did, in a list. */
export interface PartySummary {
  readonly number: string;
  readonly name: string;
  readonly direction: Direction;
  readonly answeredAt: number | null;
  readonly endedAt: number;
  readonly disposition: Disposition;
  readonly cause: Cause;
}

/** One line of the list of calls. */
export interface CallSummary {
  readonly callId: string;
  /** Null when its first event did not say. */
  readonly organizationId: string | null;
  /** Its place among all calls: grows with each that begins. */
  readonly position: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastSeq: number;
  /** Null when its first event did not say. */
  readonly kind: CallKind | null;
  readonly conference: { readonly extension: string; readonly number: string; readonly name: string } | null;
  /** Who called whom, where that is fixed. */
  readonly from: { readonly number: string; readonly name: string } | null;
  readonly to: { readonly number: string; readonly name: string } | null;
  /** Of the last event. */
  readonly cause: Cause;
  /** Connections that have ended, in the order of their end: how many, and the first ten. */
  readonly ended: number;
  readonly parties: readonly PartySummary[];
}

/** Parties of one summary. */
export const mostParties = 10;

/** From the first and the last event of a call, and its records in the order in which they were written. */
export function summaryOf(
  first: CallEvent,
  last: CallEvent,
  { position, records }: { readonly position: number; readonly records: readonly CallRecord[] },
): CallSummary {
  const seed = first.type === 'originated' ? first.data.call : undefined;
  const policy = seed?.conference ?? null;
  const shown = (party: { number: string; name: string } | null | undefined) =>
    party == null ? null : { number: party.number, name: party.name };
  return {
    callId: first.callId,
    organizationId: organizationOf(first),
    position,
    startedAt: first.at,
    endedAt: last.type === 'callCleared' ? last.at : null,
    lastSeq: last.seq,
    kind: seed?.kind ?? null,
    conference: policy && { extension: policy.extensionNumber, number: policy.number, name: policy.name },
    from: shown(seed?.from),
    to: shown(seed?.to),
    cause: last.cause,
    ended: records.length,
    parties: records.slice(0, mostParties).map(partySummary),
  };
}

export function partySummary(record: CallRecord): PartySummary {
  const { direction, answeredAt, endedAt, disposition, cause, end } = record;
  const { number, name } = record[end ?? (direction === 'incoming' ? 'from' : 'to')];
  return { number, name, direction, answeredAt, endedAt, disposition, cause };
}
