import type { CdrEntry } from './cdr-entry.ts';
import { type CollectionQuery, passes, type Query, readCollectionQuery } from './collection.ts';
import { parseDate } from './date.ts';
import { UnifiedApiError } from './errors.ts';

/** What a client asks of the call detail records, checked. Times are ms since the epoch. */
export interface CdrQuery extends CollectionQuery {
  readonly startDate: number;
  readonly endDate: number;
  readonly savedFrom: number | null;
  readonly savedTo: number | null;
  /** Whether anything but the time narrows the list. */
  readonly narrowed: boolean;
  readonly matches: (entry: CdrEntry) => boolean;
}

const fields = ['id', 'extension', 'ownerId', 'ownerName', 'published', 'answered', 'phoneCallView', 'links'] as const;
const filterable = { source: 'text', destination: 'text', published: 'date', answered: 'date' } as const;
const datePattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const numberPattern = /^[0-9*+]{1,64}$/;

/** Reads the parameters of a list of call detail records. Throws the documented errors. */
export function readCdrQuery(query: Query, now: number): CdrQuery {
  const standard = readCollectionQuery(query, { filterable, fields });
  const today = new Date(now);
  const startDate =
    dateOf(query, 'startDate', 'cdr_start_date_invalid') ?? Date.UTC(today.getUTCFullYear(), today.getUTCMonth());
  const endDate = dateOf(query, 'endDate', 'cdr_end_date_invalid') ?? now + 1;
  if (endDate <= startDate) throw invalid('cdr_invalid_date_parameters', 'endDate must be after startDate.');
  const source = given(query, 'source', numberPattern, 'cdr_source_invalid');
  const destination = given(query, 'destination', numberPattern, 'cdr_destination_invalid');
  const flow = given(query, 'flow', /^[248]$/, 'cdr_flow_invalid');
  const disposition = given(query, 'disposition', /^[0-5]$/, 'cdr_disposition_invalid');
  const wanted = { source, destination, flow, disposition };
  return {
    ...standard,
    startDate,
    endDate,
    savedFrom: dateOf(query, 'saveStartDate', 'cdr_save_start_date_invalid'),
    savedTo: dateOf(query, 'saveEndDate', 'cdr_save_end_date_invalid'),
    narrowed: Object.values(wanted).some((value) => value !== null),
    matches: (entry) => fits(entry, wanted) && filtered(entry, standard),
  };
}

type Wanted = Readonly<Record<'source' | 'destination' | 'flow' | 'disposition', string | null>>;

function fits({ phoneCallView }: CdrEntry, { source, destination, flow, disposition }: Wanted): boolean {
  return phoneCallView.some(
    (view) =>
      (source === null || view.source === source) &&
      (destination === null || view.destination === destination) &&
      (flow === null || view.flow === Number(flow)) &&
      (disposition === null || view.disposition === Number(disposition)),
  );
}

function filtered(entry: CdrEntry, { filter }: CollectionQuery): boolean {
  switch (filter?.by) {
    case undefined:
      return true;
    case 'source':
    case 'destination':
      return entry.phoneCallView.some((view) => passes(filter, view[filter.by as 'source' | 'destination']));
    case 'published':
      return passes(filter, Date.parse(entry.published));
    default:
      return passes(filter, entry.answered === undefined ? null : Date.parse(entry.answered));
  }
}

/** Without a zone it is UTC. Null: not given. */
function dateOf(query: Query, name: string, code: string): number | null {
  const text = given(query, name, datePattern, code);
  if (text === null) return null;
  const ms = parseDate(text);
  if (ms === null) throw invalid(code, dateHint(name));
  return ms;
}

function dateHint(name: string): string {
  return `Parameter ${name} is invalid. It must be a date in the format ISO 8601 YYYY-MM-DDThh:mm:ss.`;
}

function given(query: Query, name: string, pattern: RegExp, code: string): string | null {
  // A `+` that was not escaped has become a space on the way: in a number, and before the hours of a time zone.
  const text = typeof query[name] === 'string' ? query[name].trim().replace(/ (?=\d\d:\d\d$)/, '+') : query[name];
  if (text === undefined || text === '') return null;
  if (typeof text === 'string' && pattern.test(text)) return text;
  throw invalid(code, name.endsWith('Date') ? dateHint(name) : `Parameter ${name} is invalid.`);
}

function invalid(code: string, message: string): UnifiedApiError {
  return new UnifiedApiError(400, code, message);
}
