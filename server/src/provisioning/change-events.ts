import { Secret } from '../base/secret.ts';
import type { StreamEvent } from '../call/model/event-log.ts';
import { type AnyRecord, type DialRule, organizationIdOf, type RecordRef } from '../directory/records.ts';
import { type Written, writtenOf, writtenRule } from './written.ts';

/** Who changes the directory, and from where. */
export interface Doer {
  readonly kind: 'administrator' | 'user' | 'file';
  readonly organizationId: string | null;
  readonly userId: number | null;
  readonly login: string | null;
  /** Address of the client, or the file. */
  readonly from: string | null;
  readonly requestId: string | null;
  /** Of a request with a key of its own: what it made is found again by that. */
  readonly operation?: string;
}

export function byFile(file: string | null): Doer {
  return { kind: 'file', organizationId: null, userId: null, login: null, from: file, requestId: null };
}

/** What has become of one record; `before` null: it is new, `after` null: it is gone. */
export interface AppliedChange {
  readonly ref: RecordRef;
  readonly before: AnyRecord | null;
  readonly after: AnyRecord | null;
}

/** What the log says of one change, before it has a number. `organizationId` null: it belongs to none. */
export interface ChangeEvent {
  readonly organizationId: string | null;
  readonly type:
    | 'recordCreated'
    | 'recordChanged'
    | 'recordRemoved'
    | 'recordsChanged'
    | 'dialPlanChanged'
    | 'limitsChanged';
  readonly data: object;
}

/** The whole plan. */
export interface DialPlanChange {
  readonly before: readonly DialRule[];
  readonly after: readonly DialRule[];
}

/**
 * One event for each record: which, what of it is another now, and what it was. Secrets stand as `***`: that they are
 * others is told, not what they are.
 */
export function changeEvents(changes: readonly AppliedChange[], dialPlan: DialPlanChange | null): ChangeEvent[] {
  const events = changes.length > mostTold ? together(changes) : oneByOne(changes);
  if (dialPlan === null) return events;
  const { before, after } = dialPlan;
  const data = { from: before.map(writtenRule), to: after.map(writtenRule) };
  return [...events, { organizationId: null, type: 'dialPlanChanged', data }];
}

/** The stream of what belongs to no organization: trunks, dial plan, limits. */
const serverStream = 'server';

/** Each with the number that follows in the log of its organization; `seqs`: where those end. */
export function numbered(
  said: readonly ChangeEvent[],
  by: Doer,
  at: number,
  seqs: ReadonlyMap<string, number>,
): StreamEvent[] {
  const next = new Map(seqs);
  return said.map(({ organizationId, type, data }) => {
    const id = organizationId ?? serverStream;
    const seq = (next.get(id) ?? 0) + 1;
    next.set(id, seq);
    const stream = { kind: 'directory', id } as const;
    return { stream, organizationId: organizationId ?? '', seq, at, type, data: { ...data, by } };
  });
}

/** More at once, which only a file brings, are told together: which, and not what of them. */
const mostTold = 500;

function together(changes: readonly AppliedChange[]): ChangeEvent[] {
  const events: ChangeEvent[] = [];
  const organizationOf = ({ before, after }: AppliedChange) => organizationIdOf((after ?? before) as AnyRecord);
  const known = changes.filter(({ before, after }) => before !== null || after !== null);
  for (const [organization, all] of Map.groupBy(known, organizationOf)) {
    const organizationId = organization === null ? null : String(organization);
    for (let at = 0; at < all.length; at += mostTold) {
      const part = all.slice(at, at + mostTold).map(({ ref, before, after }) => ({
        what: ref.kind,
        id: ref.id,
        change: before === null ? 'created' : after === null ? 'removed' : 'changed',
      }));
      events.push({ organizationId, type: 'recordsChanged', data: { changes: part } });
    }
  }
  return events;
}

function oneByOne(changes: readonly AppliedChange[]): ChangeEvent[] {
  return changes.flatMap(({ ref, before, after }): ChangeEvent[] => {
    const one = after ?? before;
    if (one === null) return [];
    const organization = organizationIdOf(one);
    const organizationId = organization === null ? null : String(organization);
    const what = { what: ref.kind, id: ref.id };
    if (before === null) return [{ organizationId, type: 'recordCreated', data: what }];
    if (after === null) return [{ organizationId, type: 'recordRemoved', data: what }];
    const fields = differences(writtenOf(before), writtenOf(after));
    if (passwordChanged(before, after)) fields['password'] = { from: '***', to: '***' };
    return [{ organizationId, type: 'recordChanged', data: { ...what, fields } }];
  });
}

/** What is another, by its key. */
export function differences(before: Written, after: Written): Record<string, { from: unknown; to: unknown }> {
  const fields: Record<string, { from: unknown; to: unknown }> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (same(before[key], after[key])) continue;
    fields[key] = { from: masked(before[key]), to: masked(after[key]) };
  }
  return fields;
}

/** Secrets are compared by what they are; what is not there is the same as null. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Secret || b instanceof Secret)
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, at) => same(one, b[at]));
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (const key of Object.keys(one)) if (!same(one[key], other[key])) return false;
  for (const key of Object.keys(other)) if (!(key in one) && !same(null, other[key])) return false;
  return true;
}

function masked(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

function passwordChanged(before: AnyRecord, after: AnyRecord): boolean {
  if (before.kind === 'user' && after.kind === 'user') return before.record.passwordHash !== after.record.passwordHash;
  if (before.kind === 'extension' && after.kind === 'extension') return !same(before.record.sip, after.record.sip);
  return false;
}
