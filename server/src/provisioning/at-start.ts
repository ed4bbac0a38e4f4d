import type { StreamEnd, StreamEvent } from '../call/model/event-log.ts';
import {
  type AnyRecord,
  type DirectoryRecords,
  eachOf,
  keyOf,
  type Origin,
  type RecordRef,
  type RecordsToApply,
  refOf,
} from '../directory/records.ts';
import { type AppliedChange, byFile, changeEvents, numbered, same } from './change-events.ts';
import { type Overwritten, overwrittenBy } from './overwritten.ts';
import { writtenRule } from './written.ts';

export interface StartOptions {
  readonly stored: DirectoryRecords;
  /** What the file names, as it will be stored. */
  readonly named: RecordsToApply;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Of the directory: where the log of each organization ends. */
  readonly streams: readonly StreamEnd[];
  readonly file: string | null;
  readonly at: number;
}

/** What a start changes, as the log tells it, and what of that the administration had said otherwise. */
export interface StartChanges {
  readonly events: readonly StreamEvent[];
  readonly overwritten: readonly Overwritten[];
}

/** A start applies the file to what is stored as a reload does, before there is a directory. */
export function changesAtStart({ stored, named, origins, streams, file, at }: StartOptions): StartChanges {
  const known = new Map(eachOf(stored).map((one) => [keyOf(refOf(one)), one]));
  const before = (ref: RecordRef) => known.get(keyOf(ref)) ?? null;
  const changes: AppliedChange[] = [];
  const put: AnyRecord[] = [];
  for (const after of eachOf(named)) {
    const ref = refOf(after);
    const was = before(ref);
    if (was !== null && same(was.record, after.record)) continue;
    changes.push({ ref, before: was, after });
    put.push(after);
  }
  const rules = named.dialPlan;
  const isSame = rules === null || same(stored.dialPlan.map(writtenRule), rules.map(writtenRule));
  const said = changeEvents(changes, isSame ? null : { before: stored.dialPlan, after: rules });
  const overwritten = overwrittenBy(put, rules, {
    record: (ref) => before(ref)?.record ?? null,
    originOf: (ref) => origins.get(keyOf(ref)) ?? 'file',
    dialPlan: stored.dialPlan,
  });
  return {
    events: numbered(said, byFile(file), at, new Map(streams.map(({ id, lastSeq }) => [id, lastSeq]))),
    overwritten,
  };
}
