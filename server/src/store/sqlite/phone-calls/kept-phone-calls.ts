import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type {
  PhoneCallFlow,
  PhoneCallOutcome,
  PhoneCallPage,
  PhoneCallQuery,
} from '../../../call/model/phone-call-record.ts';
import { type PartRow, PhoneCallColumns } from './phone-call-columns.ts';
import { scan } from './phone-call-scan.ts';

export interface KeptOptions {
  /** Fewer calls are looked through in the tables as quickly. */
  readonly leastCalls?: number;
  /** More are not kept, nor numbers of more parties: some 50 bytes each, and 100. */
  readonly mostParts?: number;
  readonly mostParties?: number;
  /** Read in one go. */
  readonly atOnce?: number;
}

type Row = [
  number: number,
  published: number,
  saved: number,
  answered: number | null,
  source: string,
  sourceExtension: string | null,
  destination: string,
  destinationExtension: string | null,
  charged: string | null,
  flow: PhoneCallFlow,
  outcome: PhoneCallOutcome,
];
type Change = [position: number, organization: string, published: number, call: number];

/** Changes taken over at a time; as many as the table keeps. */
const mostChanges = 100_000;

const partsOf = (calls: string) => `select call.number, call.published, saved, call.answered, source, source_extension,
    destination, destination_extension, part.charged,
    case ends when 'transit' then case when dialled then 'outgoing' else 'incoming' end else ends end, part.outcome
  from (${calls}) as call cross join phone_call_between as part on part.call_number = call.number
  order by call.published, call.number, part.ordinal`;

// Numbers are given one after the other.
const spanOfCalls = 'select (select max(number) from phone_call) - (select min(number) from phone_call) + 1 as calls';
const fewCalls = 20_000;

/** Whether there are so many phone calls that they are kept in memory: some more when some have gone. */
export function hasManyCalls(database: DatabaseSync, leastCalls = fewCalls): boolean {
  return Number(database.prepare(spanOfCalls).get()?.['calls'] ?? 0) >= leastCalls;
}

/**
 * The phone calls of a large log in memory, so that whatever is asked about them they need not be read one by one.
 * Reading them in takes some seconds for a million, in pieces; from then on what has changed is taken over before each
 * answer, by table `phone_call_change`.
 */
export class KeptPhoneCalls {
  readonly #database: DatabaseSync;
  readonly #options: Required<KeptOptions>;
  readonly #statements: Record<'organization' | 'piece' | 'newest' | 'changes' | 'changed' | 'ids', StatementSync>;
  #ofOrganization = new Map<string, PhoneCallColumns>();
  #state: 'small' | 'loading' | 'kept' | 'too many' = 'small';
  /** The last change that is taken over. */
  #position = 0;
  /** Where reading in has come to. */
  #at = { organization: '', published: Number.MIN_SAFE_INTEGER, number: -1 };

  constructor(database: DatabaseSync, options: KeptOptions = {}) {
    this.#database = database;
    this.#options = { leastCalls: fewCalls, mostParts: 4_000_000, mostParties: 1_000_000, atOnce: 2000, ...options };
    const rows = (sql: string) => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#statements = {
      organization: rows('select min(organization_id) from phone_call where organization_id > ?'),
      piece: rows(
        partsOf(`select * from phone_call where organization_id = ? and published >= ? and (published, number) > (?, ?)
          order by published, number limit ?`),
      ),
      newest: rows('select coalesce(max(position), 0), coalesce(min(position), 0) from phone_call_change'),
      changes: rows(`select * from phone_call_change where position > ? order by position limit ${mostChanges}`),
      changed: rows(partsOf('select * from phone_call where number in (select value from json_each(?))')),
      ids: rows('select number, id from phone_call where number in (select value from json_each(?))'),
    };
  }

  /**
   * Whether there is more to be read in; to be called again and again until there is not. Each time takes some
   * milliseconds.
   */
  load(): boolean {
    if (this.#state === 'small') this.#begin();
    if (this.#state !== 'loading') return false;
    const { organization, published, number } = this.#at;
    const rows = this.#read('piece', organization, published, published, number, this.#options.atOnce);
    const last = rows.at(-1);
    if (last === undefined) {
      const next = this.#one<[string | null]>('organization', organization)[0];
      if (next === null) this.#state = 'kept';
      else this.#at = { organization: next, published: Number.MIN_SAFE_INTEGER, number: -1 };
    } else {
      this.#columnsOf(organization).append(rows);
      this.#at = { organization, published: last.published, number: last.number };
      this.#checkSize();
    }
    return this.#state === 'loading';
  }

  /** Null: they are not kept, or not yet. */
  page(query: PhoneCallQuery): PhoneCallPage | null {
    if (this.#state !== 'kept' || !this.#takeOver()) return null;
    const calls = this.#ofOrganization.get(query.organizationId);
    if (calls === undefined) return { total: 0, tally: [], ids: [] };
    const { total, tally, numbers } = scan(calls, query);
    if (numbers.length === 0) return { total, tally, ids: [] };
    const ids = new Map(this.#statements.ids.all(JSON.stringify(numbers)) as unknown as [number, string][]);
    return { total, tally, ids: numbers.flatMap((number) => ids.get(number) ?? []) };
  }

  #begin(): void {
    if (!hasManyCalls(this.#database, this.#options.leastCalls)) return;
    this.#state = 'loading';
    this.#ofOrganization = new Map();
    this.#at = { organization: '', published: Number.MIN_SAFE_INTEGER, number: -1 };
    [this.#position] = this.#one<[number, number]>('newest');
  }

  /** Whether all that has changed is known now. */
  #takeOver(): boolean {
    const [newest, oldest] = this.#one<[number, number]>('newest');
    if (newest === this.#position) return true;
    if (newest < this.#position || oldest > this.#position + 1) {
      this.#state = 'small';
      return false;
    }
    const changes = this.#statements.changes.all(this.#position) as unknown as Change[];
    for (const [organization, ofOne] of Map.groupBy(changes, ([, one]) => one)) {
      const calls = new Map(ofOne.map(([, , published, number]) => [number, published]));
      this.#columnsOf(organization).replace(calls, this.#read('changed', JSON.stringify([...calls.keys()])));
    }
    this.#position = changes.at(-1)?.[0] ?? newest;
    this.#checkSize();
    return this.#state === 'kept';
  }

  #columnsOf(organization: string): PhoneCallColumns {
    let columns = this.#ofOrganization.get(organization);
    if (columns === undefined) {
      columns = new PhoneCallColumns();
      this.#ofOrganization.set(organization, columns);
    }
    return columns;
  }

  #checkSize(): void {
    let [parts, parties] = [0, 0];
    for (const columns of this.#ofOrganization.values()) {
      parts += columns.length;
      parties += columns.parties.length;
    }
    if (parts <= this.#options.mostParts && parties <= this.#options.mostParties) return;
    this.#state = 'too many';
    this.#ofOrganization = new Map();
  }

  #one<Row>(name: 'organization' | 'newest', ...parameters: (string | number)[]): Row {
    return this.#statements[name].get(...parameters) as unknown as Row;
  }

  #read(name: 'piece' | 'changed', ...parameters: (string | number)[]): PartRow[] {
    const rows = this.#statements[name].all(...parameters) as unknown as Row[];
    return rows.map(([number, published, saved, answered, source, sourceExtension, destination, ...more]) => {
      const [destinationExtension, charged, flow, outcome] = more;
      const of = { number, published, saved, answered, source, sourceExtension, destination };
      return { ...of, destinationExtension, charged, flow, outcome };
    });
  }
}
