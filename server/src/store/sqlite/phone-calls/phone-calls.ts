import { type Selectable, sql } from 'kysely';
import type {
  PhoneCallFlow,
  PhoneCallOutcome,
  PhoneCallPage,
  PhoneCallPart,
  PhoneCallQuery,
  PhoneCallRecord,
  PhoneCallsById,
  PhoneCallTally,
} from '../../../call/model/phone-call-record.ts';
import type { Tables } from '../tables.ts';
import type { Lists } from '../threads/reader-dialect.ts';
import { isDetailed } from './phone-call-conditions.ts';
import { countPhoneCalls } from './phone-call-count.ts';
import { listOf } from './phone-call-lists.ts';

/** Asks those that are kept in memory; null: they are not. */
export type AskKept = (query: PhoneCallQuery) => Promise<PhoneCallPage | null>;

/**
 * Phone calls as the triggers of migration 5 keep them. What is asked of a large log is looked for in memory, if they
 * are there. Else, and where the tables tell it as quickly: a page is read through the index that narrows most, in
 * order and no further than it goes; how many there are is added up from the tally, but where numbers or answers are
 * asked for: these are looked at one by one.
 */
export class SqlitePhoneCalls {
  readonly #lists: Lists;
  readonly #kept: AskKept;

  constructor(lists: Lists, kept: AskKept = async () => null) {
    this.#lists = lists;
    this.#kept = kept;
  }

  async page(query: PhoneCallQuery): Promise<PhoneCallPage> {
    if (query.extensionIds?.length === 0) return { total: 0, tally: [], ids: [] };
    const kept = isNarrowed(query) ? await this.#kept(query) : null;
    return kept ?? this.#read(query);
  }

  async #read(query: PhoneCallQuery): Promise<PhoneCallPage> {
    const db = this.#lists(query.organizationId);
    const counts = await countPhoneCalls(db, query);
    const tally = counts.map(({ flow, outcome, calls }): PhoneCallTally => {
      return { flow: flow as PhoneCallFlow, outcome: outcome as PhoneCallOutcome, count: calls };
    });
    const total = tally.reduce((sum, { count }) => sum + count, 0);
    // The last one of all is not looked for beyond it.
    const limit = Math.min(query.limit, total - query.offset);
    if (limit <= 0) return { total, tally, ids: [] };
    const direction = sql.raw(query.order === 'ascending' ? 'asc' : 'desc');
    const { rows } = await sql<{ id: string }>`
      select phone_call.id from (
        ${listOf(query)} order by published ${direction}, number ${direction} limit ${limit} offset ${query.offset}
      ) as page cross join phone_call on phone_call.number = page.number
    `.execute(db);
    return { total, tally, ids: rows.map(({ id }) => id) };
  }

  async byId({ organizationId, extensionIds, ids }: PhoneCallsById): Promise<PhoneCallRecord[]> {
    const db = this.#lists(organizationId);
    const calls = await db
      .selectFrom('phone_call')
      .selectAll()
      .where('id', 'in', ids)
      // With `+` the index over organizations is of no use: it would lead through all that one ever had.
      .where(sql<string>`+organization_id`, '=', organizationId)
      .execute();
    if (calls.length === 0) return [];
    const parts = await db
      .selectFrom('phone_call_between')
      .selectAll()
      .where(
        'call_number',
        'in',
        calls.map(({ number }) => number),
      )
      .orderBy('call_number')
      .orderBy('ordinal')
      .execute();
    const ofCall = Map.groupBy(parts, ({ call_number }) => call_number);
    const shown = extensionIds === null ? null : new Set(extensionIds);
    const known = new Map(calls.map((call) => [call.id, callOf(call, ofCall.get(call.number) ?? [], shown)]));
    return ids.flatMap((id) => known.get(id) ?? []);
  }
}

type PartRow = Selectable<Tables['phone_call_between']>;

function callOf(
  call: Selectable<Tables['phone_call']>,
  rows: readonly PartRow[],
  shown: ReadonlySet<string> | null,
): PhoneCallRecord {
  const concerns = (row: PartRow) =>
    shown === null ||
    [row.source_extension, row.destination_extension, row.charged].some((one) => one !== null && shown.has(one));
  return {
    id: call.id,
    organizationId: call.organization_id,
    publishedAt: call.published,
    answeredAt: call.answered,
    charged: call.charged,
    parts: rows.filter(concerns).map((row) => partOf(row, call.dialled === 1)),
  };
}

function partOf(row: PartRow, dialled: boolean): PhoneCallPart {
  return {
    source: { number: row.source, extensionId: row.source_extension },
    destination: { number: row.destination, extensionId: row.destination_extension },
    charged: row.charged,
    flow: row.ends === 'transit' ? (dialled ? 'outgoing' : 'incoming') : row.ends,
    outcome: row.outcome as PhoneCallOutcome,
    answeredAt: row.answered,
    endedAt: row.ended,
  };
}

/** Whether anything but the time and the extensions is asked for. */
function isNarrowed(query: PhoneCallQuery): boolean {
  return isDetailed(query) || query.flow !== undefined || query.outcome !== undefined;
}
