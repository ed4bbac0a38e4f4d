import type { CallRecord } from '../model/call-record.ts';
import { type CallSummary, mostParties, type PartySummary } from '../model/call-summary.ts';
import { type CallEvent, organizationOf } from '../model/events.ts';

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

function partySummary(record: CallRecord): PartySummary {
  const { direction, answeredAt, endedAt, disposition, cause, end } = record;
  const { number, name } = record[end ?? (direction === 'incoming' ? 'from' : 'to')];
  return { number, name, direction, answeredAt, endedAt, disposition, cause };
}
