import type { FastifyRequest } from 'fastify';

/** How a value of a row is compared: as text, or as a time in ms since the epoch, or as a number. */
export type FilterKind = 'text' | 'date' | 'number';
export type FilterOp = 'contains' | 'equals' | 'startsWith' | 'present' | 'greaterThan' | 'lessThan' | 'inArray';

export interface Filter {
  readonly by: string;
  readonly kind: FilterKind;
  readonly op: FilterOp;
  /** As given. */
  readonly value: string;
  /** Parsed; one for all ops but inArray. Empty for `present`. */
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
}

/** The page of a collection as it is answered; `entry` is an array, for the cdr an object. */
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

/** Reads count, startIndex, fields, filterBy, filterOp, filterValue and sortOrder. Throws the documented errors. */
export declare function readCollectionQuery(query: Query, options: CollectionOptions): CollectionQuery;
/** Whether a row's value passes the filter; null: the row has none. */
export declare function passes(filter: Filter | null, value: string | number | null): boolean;
/** Only the fields asked for. */
export declare function pick<Row extends object>(row: Row, fields: readonly string[] | null): Partial<Row>;
/** The body around `entry`, with the addresses of the next and the previous page. `totalResults`: rows that pass the filter. */
export declare function collectionBody<Entry>(
  request: FastifyRequest,
  publicUrl: string | null,
  query: CollectionQuery,
  totalResults: number,
  entry: Entry,
): CollectionBody<Entry>;
