import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { CallRecord } from '../../call/call-record.ts';
import type { RecordQuery } from '../../call/ports.ts';
import type { Tables } from './tables.ts';
import type { WriteStep } from './writer.ts';
import type { SqlValue } from './writer-messages.ts';

const usualLimit = 100;
const mostListed = 1000;
/** Rows read before other work gets a turn, wanted or not: about two milliseconds. */
const rowsAtOnce = 500;
/** Extensions asked for in one statement: SQLite puts a bound on how many selects are merged into one. */
const extensionsAtOnce = 50;
/** How an extension has to do with a call. */
const ways = ['from_extension', 'to_extension', 'charged_extension'] as const;

type Row = Selectable<Tables['call_record']>;
type Select = SelectQueryBuilder<Tables, 'call_record', Row>;

/** A stretch of the list, by `ended_at`, both ends included; behind the row `last` where that is given. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly last: Pick<Row, 'ended_at' | 'number'> | null;
  readonly order: 'asc' | 'desc';
}

/**
 * Call records as rows, and how they are found: by call, by extensions, by organization or by time alone, whichever narrows most. That
 * and the time is all that SQLite is asked, so that every row is found through an index, in order and without sorting (but for the few
 * of one call); whatever else was asked for is looked at here, page by page, and between pages others have their turn.
 */
export class SqliteCallRecords {
  readonly #db: Kysely<Tables>;
  readonly #insert: string;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
    this.#insert = insertSql(db);
  }

  insert(record: CallRecord): WriteStep {
    return { sql: this.#insert, parameters: parametersOf(record), changes: 1 };
  }

  async find(query: RecordQuery): Promise<CallRecord[]> {
    const order = query.order === 'ascending' ? 'asc' : 'desc';
    // Nothing ends before it begins or is answered.
    const from = Math.max(query.from ?? 0, query.startedFrom ?? 0, query.answeredFrom ?? 0);
    const to = query.to === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(query.to) - 1;
    let last = query.after === undefined ? null : await this.#placeOf(query.after);
    if (last === undefined) return [];
    const limit = Math.min(query.limit ?? usualLimit, mostListed);
    let toSkip = query.offset ?? 0;
    const found: CallRecord[] = [];
    while (found.length < limit) {
      const rows = await this.#rows(query, { from, to, last, order }, rowsAtOnce);
      for (const row of rows) {
        // Of a call that two of the extensions, or one in two ways, have to do with there are copies, one behind the other.
        if (row.number === last?.number) continue;
        last = row;
        if (!fits(row, query)) continue;
        if (toSkip > 0) toSkip--;
        else if (found.push(recordOf(row)) === limit) break;
      }
      if (rows.length < rowsAtOnce) break;
      await yieldToOthers();
    }
    return found;
  }

  async ofLeg(legId: string): Promise<CallRecord[]> {
    const select = this.#db.selectFrom('call_record').selectAll().where('leg_id', '=', legId);
    return (await select.orderBy('number').limit(mostListed).execute()).map(recordOf);
  }

  #placeOf(id: string): Promise<Pick<Row, 'ended_at' | 'number'> | undefined> {
    const select = this.#db.selectFrom('call_record').select(['ended_at', 'number']);
    return select.where('id', '=', id).executeTakeFirst();
  }

  async #rows(query: RecordQuery, stretch: Stretch, limit: number): Promise<Row[]> {
    const { organizationId, callId, extensionId } = query;
    const extensions = query.extensionIds ?? (extensionId === undefined ? null : [extensionId]);
    const all = this.#db.selectFrom('call_record').selectAll();
    if (extensions?.length === 0) return [];
    if (callId !== undefined) return listed(all.where('call_id', '=', callId), stretch, limit);
    if (extensions !== null) return this.#ofExtensions([...new Set(extensions)], stretch, limit);
    if (organizationId !== undefined) return listed(all.where('organization_id', '=', organizationId), stretch, limit);
    return listed(all, stretch, limit);
  }

  /** What each extension called, was called by, and is charged for is a list in the order of its index; SQLite merges them as it goes. */
  async #ofExtensions(extensions: readonly string[], stretch: Stretch, limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    for (let at = 0; at < extensions.length; at += extensionsAtOnce) {
      const sides = extensions.slice(at, at + extensionsAtOnce).flatMap((extension) => {
        const all = within(this.#db.selectFrom('call_record').selectAll(), stretch);
        return ways.map((way) => all.where(way, '=', extension));
      });
      const merged = sides.reduce((one, other) => one.unionAll(other));
      rows.push(...(await ordered(merged, stretch).limit(limit).execute()));
    }
    if (extensions.length <= extensionsAtOnce) return rows;
    const sign = stretch.order === 'asc' ? 1 : -1;
    rows.sort((a, b) => sign * (a.ended_at - b.ended_at || a.number - b.number));
    return rows.slice(0, limit);
  }
}

function listed(select: Select, stretch: Stretch, limit: number): Promise<Row[]> {
  return ordered(within(select, stretch), stretch).limit(limit).execute();
}

function within(select: Select, { from, to, last, order }: Stretch): Select {
  const ascending = order === 'asc';
  const narrowed = select
    .where('ended_at', '>=', last !== null && ascending ? Math.max(from, last.ended_at) : from)
    .where('ended_at', '<=', last !== null && !ascending ? Math.min(to, last.ended_at) : to);
  if (last === null) return narrowed;
  const behind = ascending ? '>' : '<';
  return narrowed.where((of) => of.or([of('ended_at', behind, last.ended_at), of('number', behind, last.number)]));
}

function ordered(select: Select, { order }: Stretch): Select {
  return select.orderBy('ended_at', order).orderBy('number', order);
}

/** Whether it is all that was asked for; what SQLite has looked at already is so once more. */
function fits(row: Row, query: RecordQuery): boolean {
  const { organizationId, callId, extensionId, extensionIds, dispositions, fromNumber, toNumber } = query;
  const isOf = (id: string) => ways.some((way) => row[way] === id);
  return (
    (organizationId === undefined || row.organization_id === organizationId) &&
    (callId === undefined || row.call_id === callId) &&
    (extensionId === undefined || isOf(extensionId)) &&
    (extensionIds === undefined || extensionIds.some(isOf)) &&
    (dispositions === undefined || dispositions.some((one) => one === row.disposition)) &&
    isBetween(row.ended_at, query.from, query.to) &&
    isBetween(row.started_at, query.startedFrom, query.startedTo) &&
    isBetween(row.answered_at, query.answeredFrom, query.answeredTo) &&
    (fromNumber === undefined || JSON.parse(row.from_party).number === fromNumber) &&
    (toNumber === undefined || JSON.parse(row.to_party).number === toNumber)
  );
}

/** Whether it is in [from, to); what did not happen is in no span of time. */
function isBetween(at: number | null, from: number | undefined, to: number | undefined): boolean {
  if (from === undefined && to === undefined) return true;
  return at !== null && (from === undefined || at >= from) && (to === undefined || at < to);
}

/** Compiled once, with stand-ins; the parameters are given in the order in which the columns are named here. */
function insertSql(db: Kysely<Tables>): string {
  const any = 0;
  const text = '';
  const row = {
    id: text,
    call_id: text,
    organization_id: text,
    from_extension: text,
    to_extension: text,
    from_party: text,
    to_party: text,
    direction: text,
    started_at: any,
    alerted_at: any,
    answered_at: any,
    ended_at: any,
    disposition: text,
    cause: text,
    leg_id: text,
    role: text,
    charged_extension: text,
  };
  return db.insertInto('call_record').values(row).compile().sql;
}

/** In the order of the columns in `insertSql`. */
function parametersOf(record: CallRecord): SqlValue[] {
  return [
    record.id,
    record.callId,
    record.organizationId,
    record.from.extensionId,
    record.to.extensionId,
    JSON.stringify(record.from),
    JSON.stringify(record.to),
    record.direction,
    record.startedAt,
    record.alertedAt,
    record.answeredAt,
    record.endedAt,
    record.disposition,
    record.cause,
    record.legId,
    record.role,
    record.charged,
  ];
}

function recordOf(row: Row): CallRecord {
  return {
    id: row.id,
    callId: row.call_id,
    connectionId: row.id,
    legId: row.leg_id,
    organizationId: row.organization_id,
    from: JSON.parse(row.from_party),
    to: JSON.parse(row.to_party),
    direction: row.direction as CallRecord['direction'],
    role: row.role as CallRecord['role'],
    charged: row.charged_extension,
    startedAt: row.started_at,
    alertedAt: row.alerted_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    disposition: row.disposition as CallRecord['disposition'],
    cause: row.cause as CallRecord['cause'],
  };
}
