import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PhoneCallQuery } from '../../../call/model/phone-call-record.ts';
import type { Tables } from '../tables.ts';
import { both, hasExtension, isDetailed } from './phone-call-conditions.ts';
import { listOf, manifoldOf } from './phone-call-lists.ts';

/** Phone calls by what their first parts came to. */
export interface Count {
  readonly flow: string;
  readonly outcome: string;
  readonly calls: number;
}

const hourMs = 3_600_000;

/**
 * How many match: whole hours from the tally, the rest of the time one by one, and one by one whatever the tally cannot
 * tell.
 */
export async function countPhoneCalls(db: Kysely<Tables>, query: PhoneCallQuery): Promise<Count[]> {
  const count = async (list: RawBuilder<unknown>): Promise<Count[]> => {
    const counted = sql<Count>`select flow, outcome, count(*) as calls
      from (${list}) as list cross join phone_call on phone_call.number = list.number group by flow, outcome`;
    return (await counted.execute(db)).rows;
  };
  const hours = isDetailed(query) ? null : wholeHours(query);
  if (hours === null) return count(listOf(query));
  const counts = (await tallied(query, hours).execute(db)).rows;
  const from = hours.from * hourMs;
  const to = hours.to === null ? null : hours.to * hourMs;
  if (query.from < from) counts.push(...(await count(listOf({ ...query, to: from }))));
  if (to !== null && to !== query.to) counts.push(...(await count(listOf({ ...query, from: to }))));
  // Of a call of several parts any may be meant; the tally knows only the first.
  if (isOfPart(query)) counts.push(...(await count(manifoldOf({ ...query, from, to }))));
  return merged(counts);
}

interface Hours {
  /** Since the epoch. */
  readonly from: number;
  /** Not included; null: without end. */
  readonly to: number | null;
}

/** The hours that lie in the time as a whole; null: none. */
function wholeHours({ from, to }: PhoneCallQuery): Hours | null {
  const first = Math.ceil(from / hourMs);
  const last = to === null ? null : Math.floor(to / hourMs);
  return last !== null && last <= first ? null : { from: first, to: last };
}

function tallied(query: PhoneCallQuery, { from, to }: Hours): RawBuilder<Count> {
  const { organizationId, extensionIds, flow, outcome } = query;
  const groups = sql`select members from phone_call_group
    where organization_id = ${organizationId} and ${hasExtension(sql`extension_id`, extensionIds ?? [])}`;
  const conditions = [
    sql<SqlBool>`organization_id = ${organizationId}`,
    extensionIds === null ? sql<SqlBool>`members = '*'` : sql<SqlBool>`members in (${groups})`,
    sql<SqlBool>`hour >= ${from}`,
    ...(to === null ? [] : [sql<SqlBool>`hour < ${to}`]),
    ...(flow === undefined ? [] : [sql<SqlBool>`flow = ${flow}`]),
    ...(outcome === undefined ? [] : [sql<SqlBool>`outcome = ${outcome}`]),
    ...(isOfPart(query) ? [sql<SqlBool>`manifold = 0`] : []),
  ];
  return sql<Count>`select flow, outcome, sum(calls) as calls from phone_call_tally
    where ${both(conditions)} group by flow, outcome`;
}

function isOfPart({ flow, outcome }: PhoneCallQuery): boolean {
  return flow !== undefined || outcome !== undefined;
}

function merged(counts: readonly Count[]): Count[] {
  const byKind = Map.groupBy(counts, ({ flow, outcome }) => `${flow} ${outcome}`);
  return [...byKind.values()].map((same) => ({ ...same[0]!, calls: same.reduce((sum, { calls }) => sum + calls, 0) }));
}
