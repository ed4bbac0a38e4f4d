import { type AnyRecord, type DialRule, type Origin, type RecordRef, refOf } from '../directory/records.ts';
import { same } from './change-events.ts';
import { writtenRule } from './written.ts';

/** Something that the administration had made or changed, and of which the file says now what it is. */
export interface Overwritten {
  readonly what: string;
  readonly id: string;
}

/** What there was. */
export interface Before {
  readonly record: (ref: RecordRef) => AnyRecord['record'] | null;
  readonly originOf: (ref: RecordRef) => Origin;
  readonly dialPlan: readonly DialRule[];
}

/** `dialPlan` null: the file names none. What the file says just so is not lost, and not among them. */
export function overwrittenBy(
  put: readonly AnyRecord[],
  dialPlan: readonly DialRule[] | null,
  before: Before,
): Overwritten[] {
  const records = put.filter((one) => {
    const ref = refOf(one);
    if (before.originOf(ref) !== 'api') return false;
    const was = before.record(ref);
    return was !== null && !same(was, one.record);
  });
  const stays = (rule: DialRule) => dialPlan?.some((one) => same(writtenRule(one), writtenRule(rule))) ?? true;
  const gone = before.dialPlan.filter((rule) => rule.id !== undefined && !stays(rule));
  return [
    ...records.map((one) => ({ what: one.kind, id: refOf(one).id })),
    ...gone.map(({ id }) => ({ what: 'dialRule', id: String(id) })),
  ];
}

/** Limits that were set by the administration, and that the file names now as something else. */
export function overwrittenLimits(
  set: Readonly<Record<string, unknown>>,
  written: readonly string[],
  file: Readonly<Record<string, unknown>>,
): Overwritten[] {
  return Object.keys(set)
    .filter((key) => written.includes(key) && !same(set[key], file[key]))
    .map((id) => ({ what: 'limits', id }));
}

/** In a line for people: the first of them, and how many more. */
export function overwrittenText(overwritten: readonly Overwritten[]): string {
  const first = overwritten.slice(0, 5).map(({ what, id }) => `${what} ${id}`);
  const more = overwritten.length - first.length;
  const named = more === 0 ? first.join(', ') : `${first.join(', ')} and ${more} more`;
  return `The file says otherwise than what was changed over HTTP, and has it now: ${named}`;
}
