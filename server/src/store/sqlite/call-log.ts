import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Compilable, Kysely, Selectable } from 'kysely';
import type { CallRecord } from '../../call/call-record.ts';
import { type CallEvent, organizationOf } from '../../call/events.ts';
import type { CallStore, CallSummary, OpenCall, RecentCallsQuery, RecordQuery } from '../../call/ports.ts';
import { StoreError } from '../store-error.ts';
import type { Tables } from './tables.ts';
import type { GroupWriter, WriteStep } from './writer.ts';
import type { SqlValue } from './writer-messages.ts';

/** Rows read before other work gets a turn: about a millisecond. */
const pageSize = 500;
const maxRecords = 1000;

/** The event log and the call records: written by the writer thread, read here in pages. */
export class SqliteCallLog implements CallStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #sql: ReturnType<typeof writingSql>;

  constructor(db: Kysely<Tables>, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
    this.#sql = writingSql(db);
  }

  async append(events: readonly CallEvent[], records: readonly CallRecord[]): Promise<void> {
    const steps: WriteStep[] = [];
    for (const ofOneCall of Map.groupBy(events, (event) => event.callId).values()) this.#advance(ofOneCall, steps);
    for (const event of events) {
      const { callId, seq, at, type, connectionId, cause, data } = event;
      const parameters = [callId, seq, at, type, connectionId, cause, JSON.stringify(data)];
      steps.push({ sql: this.#sql.event, parameters, changes: 1 });
    }
    for (const record of records)
      steps.push({ sql: this.#sql.record, parameters: recordParameters(record), changes: 1 });
    if (steps.length > 0) await this.#writer.write(steps);
  }

  async eventsOf(callId: string, options: { after?: number; limit?: number } = {}): Promise<CallEvent[]> {
    const call = await this.#db.selectFrom('call').select('number').where('id', '=', callId).executeTakeFirst();
    if (call === undefined) return [];
    return this.#events(callId, call.number, options.after ?? 0, options.limit ?? Number.MAX_SAFE_INTEGER);
  }

  async openCalls(): Promise<OpenCall[]> {
    const open = await this.#db
      .selectFrom('call')
      .select(['number', 'id', 'last_seq'])
      .where('ended_at', 'is', null)
      .orderBy('number')
      .execute();
    const calls: OpenCall[] = [];
    for (const { number, id, last_seq } of open) {
      const events = await this.#events(id, number, 0, Number.MAX_SAFE_INTEGER);
      calls.push({ callId: id, lastSeq: last_seq, events });
    }
    return calls;
  }

  async recentCalls({ organizationId, ended, limit, before }: RecentCallsQuery): Promise<CallSummary[]> {
    let select = this.#db.selectFrom('call').selectAll();
    if (organizationId !== undefined) select = select.where('organization_id', '=', organizationId);
    if (ended === true) select = select.where('ended_at', 'is not', null);
    if (before !== undefined) select = select.where('number', '<', before);
    const rows = await select.orderBy('number', 'desc').limit(Math.min(limit, maxRecords)).execute();
    return rows.map(({ number, id, organization_id, started_at, ended_at, last_seq }) => ({
      callId: id,
      organizationId: organization_id,
      position: number,
      startedAt: started_at,
      endedAt: ended_at,
      lastSeq: last_seq,
    }));
  }

  async records(query: RecordQuery): Promise<CallRecord[]> {
    const { extensionId, offset = 0 } = query;
    const limit = Math.min(query.limit ?? 100, maxRecords);
    if (extensionId === undefined) return (await this.#records(query, null, limit, offset)).map(recordOf);
    // Each side has its own index; `or` would read and sort everything the extension ever had.
    const [calling, called] = await Promise.all([
      this.#records(query, 'from_extension', offset + limit, 0),
      this.#records(query, 'to_extension', offset + limit, 0),
    ]);
    const byNumber = new Map([...calling, ...called].map((row) => [row.number, row]));
    const newestFirst = [...byNumber.values()].sort((a, b) => b.ended_at - a.ended_at || b.number - a.number);
    return newestFirst.slice(offset, offset + limit).map(recordOf);
  }

  #records(
    { organizationId, callId, extensionId, from, to }: RecordQuery,
    side: 'from_extension' | 'to_extension' | null,
    limit: number,
    offset: number,
  ): Promise<Selectable<Tables['call_record']>[]> {
    let select = this.#db.selectFrom('call_record').selectAll();
    if (side !== null && extensionId !== undefined) select = select.where(side, '=', extensionId);
    if (organizationId !== undefined) select = select.where('organization_id', '=', organizationId);
    if (callId !== undefined) select = select.where('call_id', '=', callId);
    if (from !== undefined) select = select.where('ended_at', '>=', from);
    if (to !== undefined) select = select.where('ended_at', '<', to);
    return select.orderBy('ended_at', 'desc').orderBy('number', 'desc').limit(limit).offset(offset).execute();
  }

  /**
   * Moves the call's last number on from where these events begin. That the row must change is what refuses a number that is
   * there already, a gap, and anything after the end.
   */
  #advance(events: readonly CallEvent[], steps: WriteStep[]): void {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    events.forEach((event, at) => {
      if (event.seq === first.seq + at) return;
      throw new StoreError('failed', `nothing was stored: event ${event.seq} of call ${event.callId} is out of order`);
    });
    const ended = last.type === 'callCleared' ? last.at : null;
    const step =
      first.seq === 1
        ? { sql: this.#sql.open, parameters: [first.callId, organizationOf(first), first.at, ended, last.seq] }
        : { sql: this.#sql.advance, parameters: [last.seq, ended, first.callId, first.seq - 1] };
    steps.push({ ...step, changes: 1 });
  }

  async #events(callId: string, callNumber: number, after: number, limit: number): Promise<CallEvent[]> {
    const events: CallEvent[] = [];
    let last = after;
    while (events.length < limit) {
      const rows = await this.#db
        .selectFrom('event')
        .selectAll()
        .where('call_number', '=', callNumber)
        .where('seq', '>', last)
        .orderBy('seq')
        .limit(Math.min(pageSize, limit - events.length))
        .execute();
      for (const row of rows) events.push(eventOf(callId, row));
      if (rows.length < pageSize) break;
      last = rows.at(-1)!.seq;
      await yieldToOthers();
    }
    return events;
  }
}

/**
 * The statements of the hot path, compiled once. Each is compiled with stand-ins; the parameters are then given in the order in
 * which the columns are named here.
 */
function writingSql(db: Kysely<Tables>) {
  const textOf = (query: Compilable) => query.compile().sql;
  const any = 0;
  const text = '';
  return {
    open: textOf(
      db.insertInto('call').values({ id: text, organization_id: text, started_at: any, ended_at: any, last_seq: any }),
    ),
    advance: textOf(
      db
        .updateTable('call')
        .set({ last_seq: any, ended_at: any })
        .where('id', '=', text)
        .where('last_seq', '=', any)
        .where('ended_at', 'is', null),
    ),
    event: textOf(
      db.insertInto('event').values((of) => ({
        call_number: of.selectFrom('call').select('number').where('id', '=', text),
        seq: any,
        at: any,
        type: text,
        connection_id: text,
        cause: text,
        data: text,
      })),
    ),
    record: textOf(
      db.insertInto('call_record').values({
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
      }),
    ),
  };
}

/** In the order of the columns in `writingSql`. */
function recordParameters(record: CallRecord): SqlValue[] {
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
  ];
}

function recordOf(row: Selectable<Tables['call_record']>): CallRecord {
  return {
    id: row.id,
    callId: row.call_id,
    connectionId: row.id,
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

function eventOf(callId: string, row: Selectable<Tables['event']>): CallEvent {
  const { seq, at, type, connection_id, cause, data } = row;
  // What was stored is what was appended, so its type and its data fit each other.
  return { callId, seq, at, type, connectionId: connection_id, cause, data: JSON.parse(data) } as CallEvent;
}
