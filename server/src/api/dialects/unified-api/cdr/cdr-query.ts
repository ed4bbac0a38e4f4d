import { unescapedPlus, writtenNumber } from '../../../../base/telephone-number.ts';
import type { NumberFilter, PhoneCallQuery, TimeFilter } from '../../../../call/model/phone-call-record.ts';
import { type CollectionQuery, type Filter, type Query, readCollectionQuery } from '../collections/collection.ts';
import { isDay, parseDate } from '../date.ts';
import { UnifiedApiError } from '../errors.ts';
import { flows, outcomes } from './cdr-entry.ts';

/** What a client asks of the call detail records, checked. */
export interface CdrQuery extends CollectionQuery {
  /** What is asked of the store, but for whose phone calls they are. */
  readonly wanted: Omit<PhoneCallQuery, 'organizationId' | 'prefix' | 'extensionIds'>;
  /** Whether anything but the time narrows the list. */
  readonly narrowed: boolean;
}

const fields = ['id', 'extension', 'ownerId', 'ownerName', 'published', 'answered', 'phoneCallView', 'links'] as const;
const filterable = { source: 'text', destination: 'text', published: 'date', answered: 'date' } as const;
const numberPattern = /^[0-9*+]{1,64}$/;
const secondMs = 1000;
const dayMs = 86_400_000;

/** Reads the parameters of a list of call detail records. Throws the documented errors. */
export function readCdrQuery(query: Query, now: number): CdrQuery {
  const standard = readStandard(query);
  const today = new Date(now);
  const from = dateOf(query, 'startDate', 'cdr_start_date_invalid');
  const to = dateOf(query, 'endDate', 'cdr_end_date_invalid');
  const saved = [
    dateOf(query, 'saveStartDate', 'cdr_save_start_date_invalid'),
    dateOf(query, 'saveEndDate', 'cdr_save_end_date_invalid'),
  ] as const;
  const start = from?.first ?? Date.UTC(today.getUTCFullYear(), today.getUTCMonth());
  if (to !== null && to.first < start) throw outOfOrder('endDate', 'startDate');
  if (saved[0] !== null && saved[1] !== null && saved[1].first < saved[0].first) {
    throw outOfOrder('saveEndDate', 'saveStartDate');
  }
  const flow = given(query, 'flow', /^[248]$/, 'cdr_flow_invalid');
  const disposition = given(query, 'disposition', /^[0-5]$/, 'cdr_disposition_invalid');
  const source = numbersOf(query, 'source', 'cdr_source_invalid', standard.filter);
  const destination = numbersOf(query, 'destination', 'cdr_destination_invalid', standard.filter);
  const outcome = disposition === null ? undefined : outcomes[Number(disposition)];
  const wanted = {
    ...spanOf(start, to?.behind ?? null, standard.filter),
    ...(saved[0] === null ? {} : { savedFrom: saved[0].first }),
    ...(saved[1] === null ? {} : { savedTo: saved[1].behind }),
    ...(standard.filter?.by === 'answered' ? { answered: timeFilter(standard.filter) } : {}),
    ...(source.length === 0 ? {} : { source }),
    ...(destination.length === 0 ? {} : { destination }),
    ...(flow === null ? {} : { flow: flows[Number(flow) as keyof typeof flows] }),
    ...(outcome === undefined ? {} : { outcome }),
    order: standard.sortOrder ?? 'ascending',
    offset: standard.startIndex,
    limit: standard.count,
  } as const;
  const narrowed = ['source', 'destination', 'flow', 'disposition'].some((name) => (query[name] ?? '') !== '');
  return { ...standard, wanted, narrowed };
}

/** What cannot be compared with the column that `filterBy` names has a code of its own. */
function readStandard(query: Query): CollectionQuery {
  const { filterBy, filterValue } = query;
  const wrong = (by: string) => invalid(`cdr_invalid_filter_by_${by}`, `Parameter filterValue is invalid for ${by}.`);
  let standard: CollectionQuery;
  try {
    standard = readCollectionQuery(query, { filterable, fields, sortedBy: 'published' });
  } catch (error) {
    const badValue = error instanceof UnifiedApiError && error.code === 'filtervalue_invalid';
    throw badValue && typeof filterBy === 'string' && (filterValue ?? '') !== '' ? wrong(filterBy) : error;
  }
  const { filter } = standard;
  if (filter === null || filter.kind !== 'text' || filter.op === 'present') return standard;
  const values = filter.values.map((value) => numberOf(String(value)));
  if (!values.every((value) => numberPattern.test(value))) throw wrong(filter.by);
  return { ...standard, filter: { ...filter, values } };
}

/** The time in which they were published: as `startDate` and `endDate` say, and a filter on it. */
function spanOf(
  from: number,
  to: number | null,
  filter: Filter | null,
): Pick<PhoneCallQuery, 'from' | 'to' | 'published'> {
  if (filter?.by !== 'published' || filter.op === 'present') return { from, to };
  const value = Number(filter.values[0]);
  const until = (end: number) => (to === null ? end : Math.min(to, end));
  // Dates are shown to the second, so they are compared to the second.
  if (filter.op === 'equals') return { from: Math.max(from, value), to: until(value + secondMs) };
  if (filter.op === 'greaterThan') return { from: Math.max(from, value + secondMs), to };
  if (filter.op === 'lessThan') return { from, to: until(value) };
  return { from, to, published: timeFilter(filter) };
}

function timeFilter({ op, values }: Filter): TimeFilter {
  return { op, values };
}

function numbersOf(query: Query, name: 'source' | 'destination', code: string, filter: Filter | null): NumberFilter[] {
  const text = query[name];
  const asked = typeof text === 'string' ? { [name]: numberOf(text) } : query;
  const number = given(asked, name, numberPattern, code);
  return [
    ...(number === null ? [] : [{ op: 'equals' as const, values: [number] }]),
    ...(filter?.by === name ? [{ op: filter.op, values: filter.values.map(String) }] : []),
  ];
}

interface DateGiven {
  readonly first: number;
  /** Just behind the second that it means, or of a date alone the day. */
  readonly behind: number;
}

/** Without a zone it is UTC. Null: not given. */
function dateOf(query: Query, name: string, code: string): DateGiven | null {
  const text = query[name];
  if (text === undefined || text === '') return null;
  const first = typeof text === 'string' ? parseDate(text) : null;
  if (typeof text !== 'string' || first === null) {
    throw invalid(code, `Parameter ${name} is invalid. It must be a date in the format ISO 8601 YYYY-MM-DDThh:mm:ss.`);
  }
  const behind = isDay(text) ? first + dayMs : Math.floor(first / secondMs) * secondMs + secondMs;
  return { first, behind };
}

function given(query: Query, name: string, pattern: RegExp, code: string): string | null {
  const text = query[name];
  if (text === undefined || text === '') return null;
  if (typeof text === 'string' && pattern.test(text)) return text;
  throw invalid(code, `Parameter ${name} is invalid.`);
}

/** As calls have it, however it was written; a part of one too. */
function numberOf(text: string): string {
  const number = writtenNumber(unescapedPlus(text));
  return number ?? text.trim();
}

function outOfOrder(end: string, start: string): UnifiedApiError {
  return invalid('cdr_invalid_date_parameters', `${end} must not be before ${start}.`);
}

function invalid(code: string, message: string): UnifiedApiError {
  return new UnifiedApiError(400, code, message);
}
