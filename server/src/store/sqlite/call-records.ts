import { type Kysely, type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { CallRecord } from '../../call/call-record.ts';
import type { RecordQuery } from '../../call/ports.ts';
import type { Tables } from './tables.ts';
import type { WriteStep } from './writer.ts';
import type { SqlValue } from './writer-messages.ts';

const usualLimit = 100;
const mostListed = 1000;

type Row = Selectable<Tables['call_record']>;
type Side = 'from_extension' | 'to_extension';

/** Call records as rows, and how they are found. */
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
    const { extensionId, offset = 0 } = query;
    const limit = Math.min(query.limit ?? usualLimit, mostListed);
    const extensions = query.extensionIds ?? (extensionId === undefined ? null : [extensionId]);
    if (extensions === null) return (await this.#page(query, null, [], limit, offset)).map(recordOf);
    if (extensions.length === 0) return [];
    // Each side has its own index; `or` would read and sort everything the extensions ever had.
    const [calling, called] = await Promise.all([
      this.#page(query, 'from_extension', extensions, offset + limit, 0),
      this.#page(query, 'to_extension', extensions, offset + limit, 0),
    ]);
    const merged = [...new Map([...calling, ...called].map((row) => [row.number, row])).values()];
    const sign = query.order === 'ascending' ? 1 : -1;
    merged.sort((a, b) => sign * (a.ended_at - b.ended_at || a.number - b.number));
    return merged.slice(offset, offset + limit).map(recordOf);
  }

  async ofLeg(legId: string): Promise<CallRecord[]> {
    const select = this.#db.selectFrom('call_record').selectAll().where('leg_id', '=', legId);
    return (await select.orderBy('number').limit(mostListed).execute()).map(recordOf);
  }

  #page(
    query: RecordQuery,
    side: Side | null,
    extensions: readonly string[],
    limit: number,
    offset: number,
  ): Promise<Row[]> {
    const { extensionIds, extensionId } = query;
    let select = narrowed(this.#db.selectFrom('call_record').selectAll(), query);
    if (side !== null) select = select.where(side, 'in', extensions);
    if (extensionIds !== undefined && extensionId !== undefined) {
      select = select.where((of) =>
        of.or([of('from_extension', '=', extensionId), of('to_extension', '=', extensionId)]),
      );
    }
    const order = query.order === 'ascending' ? 'asc' : 'desc';
    return select.orderBy('ended_at', order).orderBy('number', order).limit(limit).offset(offset).execute();
  }
}

type Select = SelectQueryBuilder<Tables, 'call_record', Row>;

/** By everything but the extensions. */
function narrowed(all: Select, query: RecordQuery): Select {
  const { organizationId, callId, dispositions, fromNumber, toNumber } = query;
  let select = all;
  if (organizationId !== undefined) select = select.where('organization_id', '=', organizationId);
  if (callId !== undefined) select = select.where('call_id', '=', callId);
  if (dispositions !== undefined) select = select.where('disposition', 'in', dispositions);
  if (fromNumber !== undefined) select = select.where(sql`from_party ->> '$.number'`, '=', fromNumber);
  if (toNumber !== undefined) select = select.where(sql`to_party ->> '$.number'`, '=', toNumber);
  const spans = [
    ['ended_at', query.from, query.to],
    ['started_at', query.startedFrom, query.startedTo],
    ['answered_at', query.answeredFrom, query.answeredTo],
  ] as const;
  for (const [column, from, to] of spans) {
    if (from !== undefined) select = select.where(column, '>=', from);
    if (to !== undefined) select = select.where(column, '<', to);
  }
  return select;
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
    startedAt: row.started_at,
    alertedAt: row.alerted_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    disposition: row.disposition as CallRecord['disposition'],
    cause: row.cause as CallRecord['cause'],
  };
}
