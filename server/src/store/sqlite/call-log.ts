import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { CallRecord } from '../../call/model/call-record.ts';
import {
  endsStream,
  type FeedEntry,
  isOfCall,
  type LoggedEvent,
  type LogStep,
  type StreamEnd,
  type StreamEvent,
  type StreamRef,
  streamOf,
} from '../../call/model/event-log.ts';
import { type CallEvent, organizationOf } from '../../call/model/events.ts';
import type {
  PhoneCallPage,
  PhoneCallQuery,
  PhoneCallRecord,
  PhoneCallsById,
} from '../../call/model/phone-call-record.ts';
import type {
  AttemptsQuery,
  CallAt,
  CallStore,
  LoggedAttempt,
  OpenCall,
  RecentCalls,
  RecentCallsQuery,
  RecordingSummary,
  RecordingsQuery,
  RecordQuery,
} from '../../call/ports.ts';
import { StoreError } from '../store-error.ts';
import { recentCalls } from './call-list.ts';
import { SqliteCallRecords } from './call-records.ts';
import { callsAt } from './calls-at.ts';
import { callEventOf, eventOf, keyOf, rowOf } from './event-rows.ts';
import { logStatements } from './log-statements.ts';
import { type AskKept, SqlitePhoneCalls } from './phone-calls/phone-calls.ts';
import type { Tables } from './tables.ts';
import { anybody, type Lists, liveClients } from './threads/reader-dialect.ts';
import type { GroupWriter, WriteStep } from './threads/writer.ts';

/** Rows read before other work gets a turn: about a millisecond. */
const pageSize = 500;
/** Rows of one list. */
const mostListed = 1000;

/** The event log and the call records: written by the writer thread, read here in pages. */
export class SqliteCallLog implements CallStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #lists: Lists;
  readonly #records: SqliteCallRecords;
  readonly #phoneCalls: SqlitePhoneCalls;
  readonly #sql: ReturnType<typeof logStatements>;

  /**
   * `lists`: where lists are read, off the thread that signals, and `kept` there; what a call waits for is read through
   * `db`.
   */
  constructor(db: Kysely<Tables>, writer: GroupWriter, lists: Lists = () => db, kept?: AskKept) {
    this.#db = db;
    this.#lists = lists;
    this.#writer = writer;
    this.#records = new SqliteCallRecords(db, lists);
    this.#phoneCalls = new SqlitePhoneCalls(lists, kept);
    this.#sql = logStatements(db);
  }

  append(events: readonly LoggedEvent[], records: readonly CallRecord[]): Promise<void> {
    return this.appendSteps([{ events, records }]);
  }

  async appendSteps(steps: readonly LogStep[]): Promise<void> {
    const writes = this.writesOf(steps);
    if (writes.length > 0) await this.#writer.write(writes);
  }

  /** What is to be written for these. Throws StoreError for what is out of order. */
  writesOf(steps: readonly LogStep[]): WriteStep[] {
    const writes: WriteStep[] = [];
    const all = steps.length === 1 ? steps[0]!.events : steps.flatMap(({ events }) => events);
    for (const ofOneStream of Map.groupBy(all, keyOf).values()) this.#advance(ofOneStream, writes);
    for (const { events, records } of steps) {
      for (const [at, event] of events.entries()) {
        writes.push({ sql: this.#sql.event, parameters: rowOf(event, at), changes: 1 });
        if (isOfCall(event)) this.#derive(event, writes);
      }
      for (const record of records) writes.push(this.#records.insert(record));
    }
    return writes;
  }

  async eventsOf(callId: string, options: { after?: number; limit?: number } = {}): Promise<CallEvent[]> {
    // What was stored is what was appended: the events of a call are a call's.
    return (await this.#events({ kind: 'call', id: callId }, options)) as CallEvent[];
  }

  async streams(kind: StreamEvent['stream']['kind']): Promise<StreamEnd[]> {
    const rows = await this.#db
      .selectFrom('stream')
      .select(['id', 'organization_id', 'last_seq'])
      .where('kind', '=', kind)
      // They do not end, and are found by that.
      .where('ended_at', 'is', null)
      .orderBy('number')
      .execute();
    return rows.map(({ id, organization_id, last_seq }) => ({
      kind,
      id,
      organizationId: organization_id,
      lastSeq: last_seq,
    }));
  }

  async lastEvents(kind: StreamEvent['stream']['kind']): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (let after = 0; ; ) {
      const rows = await this.#db
        .selectFrom('stream')
        .innerJoin('event', (on) =>
          on.onRef('event.stream_number', '=', 'stream.number').onRef('event.seq', '=', 'stream.last_seq'),
        )
        .selectAll('event')
        .select(['stream.kind', 'stream.id', 'stream.organization_id', 'stream.number'])
        .where('stream.kind', '=', kind)
        .where('stream.ended_at', 'is', null)
        .where('stream.number', '>', after)
        .orderBy('stream.number')
        .limit(pageSize)
        .execute();
      for (const row of rows) events.push(eventOf(row, row) as StreamEvent);
      if (rows.length < pageSize) return events;
      after = rows.at(-1)!.number;
      await yieldToOthers();
    }
  }

  async streamEvents(
    stream: StreamEvent['stream'],
    options: { after?: number; limit?: number } = {},
  ): Promise<StreamEvent[]> {
    return (await this.#events(stream, options)) as StreamEvent[];
  }

  async eventsAbout(
    callId: string,
    { connectionIds, after, limit }: { connectionIds: readonly string[] | null; after: number; limit: number },
  ): Promise<CallEvent[]> {
    const lists = this.#lists(anybody);
    const stream = await this.#find(lists, { kind: 'call', id: callId });
    if (stream === undefined) return [];
    let select = lists
      .selectFrom('event')
      .selectAll()
      .where('stream_number', '=', stream.number)
      .where('seq', '>', after);
    if (connectionIds !== null) {
      select = select.where((of) =>
        of.or([
          of('connection_id', 'in', connectionIds),
          of.and([of('connection_id', 'is', null), of('type', '!=', 'talking')]),
        ]),
      );
    }
    const rows = await select.orderBy('seq').limit(Math.min(limit, mostListed)).execute();
    return rows.map((row) => callEventOf(callId, row));
  }

  async openCalls(): Promise<OpenCall[]> {
    const open = await this.#db
      .selectFrom('stream')
      .select(['id', 'last_seq'])
      .where('kind', '=', 'call')
      .where('ended_at', 'is', null)
      .orderBy('number')
      .execute();
    const calls: OpenCall[] = [];
    for (const { id, last_seq } of open) {
      calls.push({ callId: id, lastSeq: last_seq, events: await this.eventsOf(id) });
    }
    return calls;
  }

  async recentCalls(query: RecentCallsQuery): Promise<RecentCalls> {
    return await recentCalls(this.#lists(query.organizationId ?? anybody), {
      ...query,
      limit: Math.min(query.limit, mostListed),
    });
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
      .innerJoin('stream', 'stream.number', 'event.stream_number')
      .selectAll('event')
      .select(['stream.kind', 'stream.id', 'stream.organization_id'])
      .where('position', '>', after)
      .orderBy('position')
      .limit(Math.min(limit, mostListed))
      .execute();
    return rows.map((row) => {
      const position = row.position ?? 0;
      return { position, step: position - row.place, event: eventOf(row, row) };
    });
  }

  async lastPosition(): Promise<number> {
    const row = await this.#db
      .selectFrom('event')
      .select((of) => of.fn.max('position').as('last'))
      .executeTakeFirst();
    return row?.last ?? 0;
  }

  async runningAt(query: { organizationId: string; position: number }): Promise<CallAt[]> {
    return await callsAt(this.#lists(liveClients), query);
  }

  async attempts({ organizationId, limit, before }: AttemptsQuery): Promise<LoggedAttempt[]> {
    let select = this.#lists(organizationId)
      .selectFrom('stream')
      .innerJoin('event', (on) => on.onRef('event.stream_number', '=', 'stream.number').on('event.seq', '=', 1))
      .selectAll('event')
      .select(['stream.kind', 'stream.id', 'stream.organization_id', 'stream.number'])
      // As it stands in the index, which is of these alone.
      .where('stream.kind', '=', sql.lit('attempt'))
      .where('stream.organization_id', '=', organizationId);
    if (before !== undefined) select = select.where('stream.number', '<', before);
    const rows = await select.orderBy('stream.number', 'desc').limit(Math.min(limit, mostListed)).execute();
    return rows.map((row) => ({ position: row.number, event: eventOf(row, row) as StreamEvent }));
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
    let select = this.#lists(organizationId)
      .selectFrom('recording')
      .selectAll()
      .where(organization, '=', organizationId);
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
   * Moves the stream's last number on from where these events begin. That the row must change is what refuses a number
   * that is there already, a gap, and anything after the end.
   */
  #advance(events: readonly LoggedEvent[], steps: WriteStep[]): void {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    const { kind, id } = streamOf(first);
    events.forEach((event, at) => {
      if (event.seq === first.seq + at) return;
      throw new StoreError('failed', `nothing was stored: event ${event.seq} of ${kind} ${id} is out of order`);
    });
    const ended = endsStream(last) ? last.at : null;
    const organizationId = isOfCall(first) ? organizationOf(first) : first.organizationId;
    const step =
      first.seq === 1
        ? { sql: this.#sql.open, parameters: [kind, id, organizationId, first.at, ended, last.seq] }
        : { sql: this.#sql.advance, parameters: [last.seq, ended, kind, id, first.seq - 1] };
    steps.push({ ...step, changes: 1 });
  }

  #derive({ callId, at, type, data }: CallEvent, steps: WriteStep[]): void {
    if (type === 'recordingStarted') {
      steps.push({ sql: this.#sql.recordingStarted, parameters: [data.recordingId, callId, callId, at] });
    } else if (type === 'recordingStopped') {
      steps.push({ sql: this.#sql.recordingStopped, parameters: [at, data.recordingId] });
    }
  }

  #find(db: Kysely<Tables>, { kind, id }: StreamRef) {
    return db
      .selectFrom('stream')
      .select(['number', 'organization_id'])
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  async #events(
    { kind, id }: StreamRef,
    { after = 0, limit = Number.MAX_SAFE_INTEGER }: { after?: number; limit?: number },
  ): Promise<LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    const stream = await this.#find(this.#db, { kind, id });
    if (stream === undefined) return events;
    const { number, organization_id } = stream;
    let last = after;
    while (events.length < limit) {
      const rows = await this.#db
        .selectFrom('event')
        .selectAll()
        .where('stream_number', '=', number)
        .where('seq', '>', last)
        .orderBy('seq')
        .limit(Math.min(pageSize, limit - events.length))
        .execute();
      for (const row of rows) events.push(eventOf({ kind, id, organization_id }, row));
      if (rows.length < pageSize) break;
      last = rows.at(-1)!.seq;
      await yieldToOthers();
    }
    return events;
  }
}
