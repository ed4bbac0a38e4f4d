import type { FastifyRequest } from 'fastify';
import { baseUrl } from '../../../base-url.ts';
import { formatDate, parseDate } from '../date.ts';
import { unifiedApiError } from '../errors.ts';

/** How a value of a row is compared: as text, as a time in ms since the epoch, or as a number. */
export type FilterKind = 'text' | 'date' | 'number';

export const filterOps = ['contains', 'equals', 'startsWith', 'present', 'greaterThan', 'lessThan', 'inArray'] as const;
export type FilterOp = (typeof filterOps)[number];

export interface Filter {
  readonly by: string;
  readonly kind: FilterKind;
  readonly op: FilterOp;
  /** As given. */
  readonly value: string;
  /**
   * Parsed by kind (dates to ms, whole seconds); text for `contains` and `startsWith`. One for all ops but `inArray`;
   * none for `present`.
   */
  readonly values: readonly (string | number)[];
}

/** The standard request parameters, checked. */
export interface CollectionQuery {
  readonly count: number;
  readonly startIndex: number;
  /** Null: all. */
  readonly fields: readonly string[] | null;
  readonly filter: Filter | null;
  /** Null: not asked for. */
  readonly sortOrder: 'ascending' | 'descending' | null;
}

export interface CollectionOptions {
  /** What `filterBy` may name, and how it is compared. */
  readonly filterable: Readonly<Record<string, FilterKind>>;
  /** What `fields` may name. */
  readonly fields: readonly string[];
  /** What the collection is ordered by. */
  readonly sortedBy: string;
}

/** A page of a collection as it is answered; `entry` is an array, for the cdr an object. */
export interface CollectionBody<Entry> {
  readonly entry: Entry;
  readonly startIndex: number;
  readonly totalResults: number;
  readonly itemsPerPage: number;
  readonly filtered: boolean;
  readonly sorted: boolean;
  readonly paging: { readonly next?: string; readonly prev?: string };
}

export type Query = Readonly<Record<string, unknown>>;

const usualCount = 20;
const most = 5000;
const mostFilterValues = 1000;
const whole = /^[0-9]{1,6}$/;

/**
 * Reads count (1 to 5000, default 20), startIndex (0 to 5000), fields, filterBy, filterOp (default contains),
 * filterValue, sortOrder and sortBy. Parameters that are empty count as not given, unknown ones are ignored. Throws the
 * documented errors: `count_invalid`, `startindex_invalid`, `fields_invalid`, `filterby_invalid`, `filterop_invalid`,
 * `filtervalue_invalid`, `sortorder_invalid`, and `sortby_invalid` for an order that there is not.
 */
export function readCollectionQuery(query: Query, options: CollectionOptions): CollectionQuery {
  const { sortBy } = query;
  if (!isAbsent(sortBy) && sortBy !== options.sortedBy) throw unifiedApiError('sortby_invalid');
  return {
    count: readWhole(query['count'], usualCount, 1, 'count_invalid'),
    startIndex: readWhole(query['startIndex'], 0, 0, 'startindex_invalid'),
    fields: readFields(query, options.fields),
    filter: readFilter(query, options.filterable),
    sortOrder: readSortOrder(query['sortOrder']),
  };
}

/** `fields`: names joined by commas, or several such parameters. Null: not given. Throws `fields_invalid`. */
export function readFields(query: Query, known: readonly string[]): readonly string[] | null {
  const given = query['fields'];
  if (isAbsent(given)) return null;
  const texts = Array.isArray(given) ? given : [given];
  const names = texts.flatMap((text) => String(text).split(',')).map((name) => name.trim());
  if (names.every((name) => known.includes(name))) return [...new Set(names)];
  throw unifiedApiError('fields_invalid');
}

/** Only the fields asked for. */
export function pick<Row extends object>(row: Row, fields: readonly string[] | null): Partial<Row> {
  if (fields === null) return row;
  const out: Partial<Row> = {};
  for (const name of fields) if (name in row) out[name as keyof Row] = row[name as keyof Row];
  return out;
}

/** Whether a row's value (a date as ms) passes the filter; null: the row has none. */
export function passes(filter: Filter | null, value: string | number | null): boolean {
  if (filter === null) return true;
  if (value === null) return false;
  const [first] = filter.values;
  switch (filter.op) {
    case 'present':
      return value !== '';
    case 'contains':
      return asText(filter.kind, value).includes(String(first));
    case 'startsWith':
      return asText(filter.kind, value).startsWith(String(first));
    case 'equals':
    case 'inArray':
      return filter.values.includes(comparable(filter.kind, value));
    case 'greaterThan':
      return first !== undefined && compare(comparable(filter.kind, value), first) > 0;
    case 'lessThan':
      return first !== undefined && compare(comparable(filter.kind, value), first) < 0;
  }
}

/**
 * A page out of all rows: those that pass the filter, in order, from `startIndex`. `value` gives what the filter
 * compares; `order` what the collection is sorted by, ascending unless asked otherwise. Only the rows of the page are
 * ever shown.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  query: CollectionQuery,
  rules: {
    readonly value: (row: Row, by: string) => string | number | null;
    readonly order: (row: Row) => string | number;
  },
): { readonly page: readonly Row[]; readonly total: number } {
  const { filter, sortOrder, startIndex, count } = query;
  const found = filter === null ? [...rows] : rows.filter((row) => passes(filter, rules.value(row, filter.by)));
  if (found.length > 1) {
    const sign = sortOrder === 'descending' ? -1 : 1;
    found.sort((a, b) => sign * compare(rules.order(a), rules.order(b)));
  }
  return { page: found.slice(startIndex, startIndex + count), total: found.length };
}

/**
 * The body around `entry`, with the absolute addresses of the next and the previous page where there is one. They keep
 * the request's parameters except the access token, which is for headers. `total`: rows that pass the filter.
 */
export function collectionBody<Entry>(
  request: FastifyRequest,
  publicUrl: string | null,
  query: CollectionQuery,
  total: number,
  entry: Entry,
): CollectionBody<Entry> {
  const { startIndex, count } = query;
  const at = (start: number): string => pageAddress(request, publicUrl, start, count);
  const hasNext = startIndex + count < total && startIndex + count <= most;
  return {
    entry,
    startIndex,
    totalResults: total,
    itemsPerPage: count,
    filtered: query.filter !== null,
    sorted: query.sortOrder !== null,
    paging: {
      ...(hasNext ? { next: at(startIndex + count) } : {}),
      ...(startIndex > 0 ? { prev: at(Math.max(0, startIndex - count)) } : {}),
    },
  };
}

function pageAddress(request: FastifyRequest, publicUrl: string | null, startIndex: number, count: number): string {
  // A question mark may stand in the query as it is (RFC 3986 §3.4).
  const [path = '', ...search] = request.url.split('?');
  const parameters = new URLSearchParams(search.join('?'));
  for (const name of ['accessRequestToken', 'startIndex', 'count']) parameters.delete(name);
  parameters.set('startIndex', String(startIndex));
  parameters.set('count', String(count));
  return `${baseUrl(request, publicUrl)}${path}?${parameters}`;
}

function isAbsent(given: unknown): boolean {
  return given === undefined || given === '';
}

function readWhole(given: unknown, usual: number, least: number, code: 'count_invalid' | 'startindex_invalid'): number {
  if (isAbsent(given)) return usual;
  const value = typeof given === 'string' && whole.test(given) ? Number(given) : -1;
  if (value < least || value > most) throw unifiedApiError(code);
  return value;
}

function readSortOrder(given: unknown): CollectionQuery['sortOrder'] {
  if (isAbsent(given)) return null;
  // The vendor's documents say the short words, its own client the long ones; others write them as in SQL.
  const word = typeof given === 'string' ? given.toLowerCase() : '';
  if (word === 'asc' || word === 'ascending') return 'ascending';
  if (word === 'desc' || word === 'descending') return 'descending';
  throw unifiedApiError('sortorder_invalid');
}

function readFilter(query: Query, filterable: CollectionOptions['filterable']): Filter | null {
  const { filterBy: by, filterOp: op, filterValue: value } = query;
  if (isAbsent(by)) {
    if (isAbsent(op) && isAbsent(value)) return null;
    throw unifiedApiError('filterby_invalid');
  }
  const kind = typeof by === 'string' && Object.hasOwn(filterable, by) ? filterable[by] : undefined;
  if (kind === undefined) throw unifiedApiError('filterby_invalid');
  const known = isAbsent(op) ? 'contains' : filterOps.find((one) => one === op);
  if (known === undefined) throw unifiedApiError('filterop_invalid');
  if (known === 'present') return { by: by as string, kind, op: known, value: '', values: [] };
  if (typeof value !== 'string' || value === '') throw unifiedApiError('filtervalue_invalid');
  return { by: by as string, kind, op: known, value, values: parseValues(kind, known, value) };
}

function parseValues(kind: FilterKind, op: FilterOp, value: string): readonly (string | number)[] {
  if (op === 'contains' || op === 'startsWith') return [value];
  const parts = op === 'inArray' ? value.split(',').map((part) => part.trim()) : [value.trim()];
  if (parts.length > mostFilterValues) throw unifiedApiError('filtervalue_invalid');
  if (kind === 'text') return parts;
  return parts.map((part) => {
    const parsed = kind === 'date' ? parseDate(part) : /^-?[0-9]{1,15}$/.test(part) ? Number(part) : null;
    if (parsed === null) throw unifiedApiError('filtervalue_invalid');
    return parsed;
  });
}

function asText(kind: FilterKind, value: string | number): string {
  return kind === 'date' && typeof value === 'number' ? formatDate(value) : String(value);
}

/** Dates are shown to the second, so they are compared to the second. */
function comparable(kind: FilterKind, value: string | number): string | number {
  if (kind === 'text') return String(value);
  return kind === 'date' ? Math.floor(Number(value) / 1000) * 1000 : Number(value);
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
