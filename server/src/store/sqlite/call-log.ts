import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Compilable, type Kysely, type Selectable, sql } from 'kysely';
import type { CallRecord } from '../../call/call-record.ts';
import { type CallEvent, organizationOf } from '../../call/events.ts';
import type { PhoneCallPage, PhoneCallQuery, PhoneCallRecord, PhoneCallsById } from '../../call/phone-call-record.ts';
import type {
  CallStore,
  CallSummary,
  FeedEntry,
  OpenCall,
  RecentCallsQuery,
  RecordingSummary,
  RecordingsQuery,
  RecordQuery,
} from '../../call/ports.ts';
import { StoreError } from '../store-error.ts';
import { recentCalls } from './call-list.ts';
import { SqliteCallRecords } from './call-records.ts';
import { SqlitePhoneCalls } from './phone-calls.ts';
import type { Tables } from './tables.ts';
import type { GroupWriter, WriteStep } from './writer.ts';

/** Rows read before other work gets a turn: about a millisecond. */
const pageSize = 500;
/** Rows of one list. */
const mostListed = 1000;

/** The event log and the call records: written by the writer thread, read here in pages. */
export class SqliteCallLog implements CallStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #lists: Kysely<Tables>;
  readonly #records: SqliteCallRecords;
  readonly #phoneCalls: SqlitePhoneCalls;
  readonly #sql: ReturnType<typeof writingSql>;

  /** `lists`: where lists are read, off the thread that signals; what a call waits for is read through `db`. */
  constructor(db: Kysely<Tables>, writer: GroupWriter, lists: Kysely<Tables> = db) {
    this.#db = db;
    this.#lists = lists;
    this.#writer = writer;
    this.#records = new SqliteCallRecords(db, lists);
    this.#phoneCalls = new SqlitePhoneCalls(lists);
    this.#sql = writingSql(db);
  }

  async append(events: readonly CallEvent[], records: readonly CallRecord[]): Promise<void> {
    const steps: WriteStep[] = [];
    for (const ofOneCall of Map.groupBy(events, (event) => event.callId).values()) this.#advance(ofOneCall, steps);
    for (const event of events) {
      const { callId, seq, at, type, connectionId, cause, data } = event;
      const parameters = [callId, seq, at, type, connectionId, cause, JSON.stringify(data)];
      steps.push({ sql: this.#sql.event, parameters, changes: 1 });
      this.#derive(event, steps);
    }
    for (const record of records) steps.push(this.#records.insert(record));
    if (steps.length > 0) await this.#writer.write(steps);
  }

  async eventsOf(callId: string, options: { after?: number; limit?: number } = {}): Promise<CallEvent[]> {
    const call = await this.#db.selectFrom('call').select('number').where('id', '=', callId).executeTakeFirst();
    if (call === undefined) return [];
    return this.#events(callId, call.number, options.after ?? 0, options.limit ?? Number.MAX_SAFE_INTEGER);
  }

  async eventsAbout(
    callId: string,
    { connectionIds, after, limit }: { connectionIds: readonly string[]; after: number; limit: number },
  ): Promise<CallEvent[]> {
    const call = await this.#lists.selectFrom('call').select('number').where('id', '=', callId).executeTakeFirst();
    if (call === undefined) return [];
    const rows = await this.#lists
      .selectFrom('event')
      .selectAll()
      .where('call_number', '=', call.number)
      .where('seq', '>', after)
      .where((of) =>
        of.or([
          of('connection_id', 'in', connectionIds),
          of.and([of('connection_id', 'is', null), of('type', '!=', 'talking')]),
        ]),
      )
      .orderBy('seq')
      .limit(Math.min(limit, mostListed))
      .execute();
    return rows.map((row) => eventOf(callId, row));
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

  async recentCalls(query: RecentCallsQuery): Promise<CallSummary[]> {
    return await recentCalls(this.#lists, { ...query, limit: Math.min(query.limit, mostListed) });
  }

  records(query: RecordQuery): Promise<CallRecord[]> {
    return this.#records.find(query);
  }

  phoneCallPage(query: PhoneCallQuery): Promise<PhoneCallPage> {
    return this.#phoneCalls.page(query);
  }

  phoneCalls(asked: PhoneCallsById): Promise<PhoneCallRecord[]> {
    return this.#phoneCalls.byId(asked);
  }

  recordsOfLeg(legId: string): Promise<CallRecord[]> {
    return this.#records.ofLeg(legId);
  }

  recordsNamed(id: string): Promise<CallRecord[]> {
    return this.#records.named(id);
  }

  async feed({ after, limit }: { after: number; limit: number }): Promise<FeedEntry[]> {
    const rows = await this.#db
      .selectFrom('event')
      .innerJoin('call', 'call.number', 'event.call_number')
      .selectAll('event')
      .select('call.id as call_id')
      .where('position', '>', after)
      .orderBy('position')
      .limit(Math.min(limit, mostListed))
      .execute();
    return rows.map((row) => ({ position: row.position ?? 0, event: eventOf(row.call_id, row) }));
  }

  async lastPosition(): Promise<number> {
    const row = await this.#db
      .selectFrom('event')
      .select((of) => of.fn.max('position').as('last'))
      .executeTakeFirst();
    return row?.last ?? 0;
  }

  async recordings({
    organizationId,
    callId,
    recordingId,
    limit,
    before,
  }: RecordingsQuery): Promise<RecordingSummary[]> {
    // With `+` an index over organizations is of no use: it would lead through all that one has ever recorded.
    const organization = callId === undefined ? sql<string>`organization_id` : sql<string>`+organization_id`;
    let select = this.#lists.selectFrom('recording').selectAll().where(organization, '=', organizationId);
    if (callId !== undefined) select = select.where('call_id', '=', callId);
    if (recordingId !== undefined) select = select.where('id', '=', recordingId);
    if (before !== undefined) select = select.where('number', '<', before);
    const rows = await select.orderBy('number', 'desc').limit(Math.min(limit, mostListed)).execute();
    return rows.map((row) => ({
      recordingId: row.id,
      callId: row.call_id,
      organizationId,
      position: row.number,
      startedAt: row.started_at,
      endedAt: row.ended_at,
    }));
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

  #derive({ callId, at, type, data }: CallEvent, steps: WriteStep[]): void {
    if (type === 'recordingStarted') {
      steps.push({ sql: this.#sql.recordingStarted, parameters: [data.recordingId, callId, callId, at] });
    } else if (type === 'recordingStopped') {
      steps.push({ sql: this.#sql.recordingStopped, parameters: [at, data.recordingId] });
    }
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
        // One thread writes, in the order of commit.
        position: sql<number>`(select coalesce(max(position), 0) + 1 from event)`,
      })),
    ),
    recordingStarted: textOf(
      db
        .insertInto('recording')
        .values((of) => ({
          id: text,
          call_id: text,
          organization_id: of.selectFrom('call').select('organization_id').where('id', '=', text),
          started_at: any,
        }))
        // What is derived from an event must never keep the event from being stored.
        .onConflict((conflict) => conflict.doNothing()),
    ),
    recordingStopped: textOf(
      db.updateTable('recording').set({ ended_at: any }).where('id', '=', text).where('ended_at', 'is', null),
    ),
  };
}

function eventOf(callId: string, row: Selectable<Tables['event']>): CallEvent {
  const { seq, at, type, connection_id, cause, data } = row;
  // What was stored is what was appended, so its type and its data fit each other.
  return { callId, seq, at, type, connectionId: connection_id, cause, data: JSON.parse(data) } as CallEvent;
}
