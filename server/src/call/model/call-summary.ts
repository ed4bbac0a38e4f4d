import type { CallKind } from './call.ts';
import type { Disposition } from './call-record.ts';
import type { Cause } from './cause.ts';
import type { Direction } from './connection.ts';

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
