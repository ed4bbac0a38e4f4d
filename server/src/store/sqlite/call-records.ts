import { type Kysely, type Selectable, sql } from 'kysely';
import type { CallRecord } from '../../call/model/call-record.ts';
import type { RecordQuery } from '../../call/ports.ts';
import type { Tables } from './tables.ts';
import { anybody, type Lists } from './threads/reader-dialect.ts';
import type { WriteStep } from './threads/writer.ts';
import type { SqlValue } from './threads/writer-messages.ts';

const usualLimit = 100;
const mostListed = 1000;

type Row = Selectable<Tables['call_record']>;

/**
 * Call records as rows, and how they are found: by call, by organization, or by time alone. Each list is read through
 * an index, in order and without sorting (but for the few of one call), and no further than its page.
 */
export class SqliteCallRecords {
  readonly #db: Kysely<Tables>;
  readonly #lists: Lists;
  readonly #insert: string;

  /** `lists`: where lists are read, off the thread that signals. */
  constructor(db: Kysely<Tables>, lists: Lists) {
    this.#db = db;
    this.#lists = lists;
    this.#insert = insertSql(db);
  }

  insert(record: CallRecord): WriteStep {
    return { sql: this.#insert, parameters: parametersOf(record), changes: 1 };
  }

  async find({ organizationId, callId, order = 'descending', ...page }: RecordQuery): Promise<CallRecord[]> {
    const direction = order === 'ascending' ? 'asc' : 'desc';
    const lists = this.#lists(organizationId ?? anybody);
    let select = lists.selectFrom('call_record').selectAll();
    if (callId !== undefined) select = select.where('call_id', '=', callId);
    if (organizationId !== undefined) {
      // With `+` an index over organizations is of no use: of one call there are few, of an organization all that it
      // ever had.
      const organization = callId === undefined ? sql<string>`organization_id` : sql<string>`+organization_id`;
      select = select.where(organization, '=', organizationId);
    }
    if (page.after !== undefined) {
      const last = await placeOf(lists, page.after);
      if (last === undefined) return [];
      const behind = order === 'ascending' ? '>' : '<';
      select = select
        .where('ended_at', `${behind}=`, last.ended_at)
        .where((of) => of.or([of('ended_at', behind, last.ended_at), of('number', behind, last.number)]));
    }
    const limited = select
      .orderBy('ended_at', direction)
      .orderBy('number', direction)
      .limit(Math.min(page.limit ?? usualLimit, mostListed))
      .offset(page.offset ?? 0);
    return (await limited.execute()).map(recordOf);
  }

  async ofLeg(legId: string): Promise<CallRecord[]> {
    // A request that makes calls waits for it.
    const select = this.#db.selectFrom('call_record').selectAll().where('leg_id', '=', legId);
    return (await select.orderBy('number').limit(mostListed).execute()).map(recordOf);
  }

  async named(id: string): Promise<CallRecord[]> {
    const select = this.#lists(anybody)
      .selectFrom('call_record')
      .selectAll()
      .where((of) => of.or([of('leg_id', '=', id), of('id', '=', id)]));
    return (await select.orderBy('number').limit(mostListed).execute()).map(recordOf);
  }
}

function placeOf(lists: Kysely<Tables>, id: string): Promise<Pick<Row, 'ended_at' | 'number'> | undefined> {
  const select = lists.selectFrom('call_record').select(['ended_at', 'number']);
  return select.where('id', '=', id).executeTakeFirst();
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
    call_entered_at: any,
    call_answered_at: any,
    party: 'from' as const,
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
    record.callEnteredAt,
    record.callAnsweredAt,
    record.end,
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
    callEnteredAt: row.call_entered_at,
    callAnsweredAt: row.call_answered_at,
    end: row.party,
  };
}
