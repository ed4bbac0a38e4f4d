import type { Kysely } from 'kysely';
import type { Clock } from '../../../base/clock.ts';
import type { Kept, PruneCounts } from '../../store.ts';
import type { Tables } from '../tables.ts';
import type { GroupWriter, WriteStep } from '../threads/writer.ts';

/** Rows of the log that go in one commit, and records: deleting one of these moves the lists of phone calls too. */
const eventsAtOnce = 500;
const recordsAtOnce = 100;
/** Calls looked at in one read. */
const page = 200;
/** Between two commits, so that calls never wait behind a row of them. */
const restMs = 5;

interface Bounds {
  /**
   * The feed is numbered on from the newest event, and webhooks have not yet read what is behind their cursor: none of
   * it may go.
   */
  readonly lastToGo: number;
  /** Whatever is at or below it goes, however young. */
  readonly tooMany: number;
  readonly endedBefore: number;
}

/**
 * Takes what is too old or too much out of the tables, oldest first, a few rows in each commit. Running calls stay
 * whole.
 */
export class Pruning {
  /** Reads in a thread of their own. */
  readonly #db: Kysely<Tables>;
  readonly #writer: Pick<GroupWriter, 'write'>;
  readonly #clock: Clock;

  constructor(db: Kysely<Tables>, writer: Pick<GroupWriter, 'write'>, clock: Clock) {
    this.#db = db;
    this.#writer = writer;
    this.#clock = clock;
  }

  /** Rejects when the store fails; what has gone until then has gone. */
  async prune(kept: Kept): Promise<PruneCounts> {
    const bounds = await this.#bounds(kept.eventsFrom, kept.mostEvents);
    const calls = await this.#calls(bounds);
    await this.#unending(bounds);
    const records = await this.#records(kept);
    const requests = await this.#requests(kept);
    return { calls, records, requests };
  }

  async #calls(bounds: Bounds): Promise<number> {
    let gone = 0;
    for (let after = 0; ; ) {
      const calls = await this.#db
        .selectFrom('stream')
        .leftJoin('event as first', (on) =>
          on.onRef('first.stream_number', '=', 'stream.number').on('first.seq', '=', 1),
        )
        .leftJoin('event as last', (on) =>
          on.onRef('last.stream_number', '=', 'stream.number').onRef('last.seq', '=', 'stream.last_seq'),
        )
        .select(['stream.number', 'stream.started_at', 'stream.ended_at', 'stream.last_seq'])
        .select(['first.position as firstPosition', 'last.position as lastPosition'])
        .where('stream.number', '>', after)
        .orderBy('stream.number')
        .limit(page)
        .execute();
      const old = calls.filter((call) => goes(call.ended_at, call.lastPosition ?? 0, bounds));
      await this.#deleteCalls(old);
      gone += old.length;
      const newest = calls.at(-1);
      // Calls are numbered as they begin: behind this one none is old enough.
      if (newest === undefined || calls.length < page) return gone;
      if (newest.started_at >= bounds.endedBefore && (newest.firstPosition ?? 0) > bounds.tooMany) return gone;
      after = newest.number;
    }
  }

  async #bounds(eventsFrom: number | null, mostEvents: number | null): Promise<Bounds> {
    const newest = await this.#db
      .selectFrom('event')
      .select((of) => of.fn.max('position').as('last'))
      .executeTakeFirst();
    const last = newest?.last ?? 0;
    const told = await this.#db
      .selectFrom('webhook_subscription')
      .select('number')
      .where('enabled', '=', 1)
      .limit(1)
      .executeTakeFirst();
    const cursor = await this.#db.selectFrom('webhook_cursor').select('position').executeTakeFirst();
    const read = told === undefined ? last : (cursor?.position ?? 0);
    return {
      lastToGo: Math.min(last - 1, read),
      tooMany: mostEvents === null ? 0 : last - mostEvents,
      endedBefore: eventsFrom ?? 0,
    };
  }

  async #deleteCalls(calls: readonly { readonly number: number; readonly last_seq: number }[]): Promise<void> {
    let together: number[] = [];
    let rows = 0;
    const flush = async (): Promise<void> => {
      if (together.length > 0) await this.#write(callsGone(together));
      together = [];
      rows = 0;
    };
    for (const { number, last_seq } of calls) {
      if (rows + last_seq > eventsAtOnce) await flush();
      // From its end, so that what is left has no gap; the call itself goes last. One without its end was begun before
      // a crash.
      for (let from = last_seq - eventsAtOnce; from > 0; from -= eventsAtOnce) {
        await this.#write([
          { sql: 'delete from event where stream_number = ? and seq > ?', parameters: [number, from] },
        ]);
      }
      together.push(number);
      rows += Math.min(last_seq, eventsAtOnce);
    }
    await flush();
  }

  /**
   * Of histories that do not end what is old or too much goes, but for the last event: that of a device says all that
   * is set for it, and each is numbered on from there.
   */
  async #unending({ lastToGo, tooMany, endedBefore }: Bounds): Promise<void> {
    const old = await this.#db
      .selectFrom('stream')
      .innerJoin('event', 'event.stream_number', 'stream.number')
      .select(['stream.number'])
      .select((of) => [of.fn.min('event.seq').as('from'), of.fn.max('event.seq').as('upTo')])
      .where('stream.kind', 'in', ['device', 'directory', 'security'])
      .where('stream.ended_at', 'is', null)
      .whereRef('event.seq', '<', 'stream.last_seq')
      .where('event.position', '<=', lastToGo)
      .where((of) => of.or([of('event.at', '<', endedBefore), of('event.position', '<=', tooMany)]))
      .groupBy('stream.number')
      .execute();
    const sql = 'delete from event where stream_number = ? and seq between ? and ?';
    for (const { number, from, upTo } of old) {
      for (let at = from; at <= upTo; at += eventsAtOnce) {
        await this.#write([{ sql, parameters: [number, at, Math.min(upTo, at + eventsAtOnce - 1)] }]);
      }
    }
  }

  async #records({ recordsFrom, mostRecords }: Kept): Promise<number> {
    let gone = 0;
    if (recordsFrom !== null) {
      const old = this.#db.selectFrom('call_record').select('number').where('ended_at', '<', recordsFrom);
      for (;;) {
        const rows = await old.orderBy('ended_at').limit(recordsAtOnce).execute();
        gone += await this.#deleteRecords(rows);
        if (rows.length < recordsAtOnce) break;
      }
    }
    if (mostRecords === null) return gone;
    const newest = await this.#db
      .selectFrom('call_record')
      .select((of) => of.fn.max('number').as('last'))
      .executeTakeFirst();
    // Numbers grow by one; where records are missing in between, somewhat fewer are kept.
    const tooMany = (newest?.last ?? 0) - mostRecords;
    const beyond = this.#db.selectFrom('call_record').select('number').where('number', '<=', tooMany);
    for (;;) {
      const rows = await beyond.orderBy('number').limit(recordsAtOnce).execute();
      gone += await this.#deleteRecords(rows);
      if (rows.length < recordsAtOnce) return gone;
    }
  }

  async #deleteRecords(rows: readonly { readonly number: number }[]): Promise<number> {
    if (rows.length === 0) return 0;
    const numbers = JSON.stringify(rows.map(({ number }) => number));
    const sql = 'delete from call_record where number in (select value from json_each(?))';
    await this.#write([{ sql, parameters: [numbers] }]);
    return rows.length;
  }

  /** Age is pruned by who keeps them; here it is their number. */
  async #requests({ mostRequests }: Kept): Promise<number> {
    if (mostRequests === null) return 0;
    const { count } = await this.#db
      .selectFrom('known_request')
      .select((of) => of.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const sql = `delete from known_request where (scope, key) in (select scope, key from known_request order by at limit ?)`;
    for (let left = count - mostRequests; left > 0; left -= eventsAtOnce) {
      await this.#write([{ sql, parameters: [Math.min(left, eventsAtOnce)] }]);
    }
    return Math.max(0, count - mostRequests);
  }

  async #write(steps: readonly WriteStep[]): Promise<void> {
    await this.#writer.write(steps);
    await new Promise<void>((resolve) => this.#clock.setTimer(restMs, resolve));
  }
}

function goes(endedAt: number | null, lastPosition: number, bounds: Bounds): boolean {
  if (endedAt === null || lastPosition > bounds.lastToGo) return false;
  return endedAt < bounds.endedBefore || lastPosition <= bounds.tooMany;
}

function callsGone(numbers: readonly number[]): WriteStep[] {
  const parameters = [JSON.stringify(numbers)];
  return [
    { sql: 'delete from event where stream_number in (select value from json_each(?))', parameters },
    { sql: 'delete from stream where number in (select value from json_each(?))', parameters },
  ];
}
