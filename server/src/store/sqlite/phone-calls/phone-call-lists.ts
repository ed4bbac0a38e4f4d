import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PhoneCallQuery } from '../../../call/model/phone-call-record.ts';
import {
  both,
  type Condition,
  conditionsOf,
  hasExtension,
  inTime,
  needsCall,
  tailsOf,
} from './phone-call-conditions.ts';

/** Extensions, or numbers, whose lists are merged; of more the list is sorted. SQLite merges at most 500. */
const mostMerged = 100;

/** `published` and `number` of all that match, each once; to be ordered and limited. */
export function listOf(query: PhoneCallQuery): RawBuilder<unknown> {
  const ways = query.source === undefined && query.destination === undefined ? null : byNumber(query);
  const lists =
    ways ?? (query.extensionIds === null ? [ofOrganization(query)] : ofExtensions(query, query.extensionIds));
  return sql`${sql.join(lists, sql` union `)}`;
}

/** As `listOf`, of those alone that have several parts. */
export function manifoldOf(query: PhoneCallQuery): RawBuilder<unknown> {
  return ofOrganization(query, [sql<SqlBool>`phone_call.parts > 1`]);
}

function ofOrganization(query: PhoneCallQuery, more: readonly Condition[] = []): RawBuilder<unknown> {
  return sql`select published, number from phone_call
    where ${both([...within('phone_call', query), ...more, inTime('phone_call.number'), ...conditionsOf(query)])}`;
}

function ofExtensions(query: PhoneCallQuery, extensionIds: readonly string[]): RawBuilder<unknown>[] {
  const more = conditionsOf(query);
  // Without conditions of its own the call itself is not looked at.
  const call = more.length === 0 ? sql`` : sql`cross join phone_call on phone_call.number = call_number`;
  const list = (
    of: Condition,
  ) => sql`select phone_call_member.published as published, call_number as number from phone_call_member ${call}
    where ${both([of, ...within('phone_call_member', query), inTime('call_number'), ...more])}`;
  const distinct = [...new Set(extensionIds)];
  if (distinct.length > mostMerged)
    return [list(hasExtension(sql`extension_id`, distinct)), sql`select null, null where false`];
  return distinct.map((id) => list(sql<SqlBool>`extension_id = ${id}`));
}

/** Through the index over numbers, where whole numbers are asked for; null: they are not, or too many. */
function byNumber(query: PhoneCallQuery): RawBuilder<unknown>[] | null {
  for (const side of ['source', 'destination'] as const) {
    const whole = query[side]?.find(({ op }) => op === 'equals' || op === 'inArray');
    if (whole === undefined) continue;
    const tails = tailsOf(whole, query.prefix);
    if (tails.length > mostMerged) continue;
    const more = conditionsOf(query, 'of this part');
    const call = needsCall(query) ? sql`cross join phone_call on phone_call.number = call_number` : sql``;
    return tails.map(
      (tail) => sql`select distinct phone_call_between.published as published, call_number as number
        from phone_call_between ${call}
        where ${both([
          sql<SqlBool>`${sql.ref(`phone_call_between.${side}_tail`)} = ${tail}`,
          ...within('phone_call_between', query),
          inTime('call_number'),
          ...more,
        ])}`,
    );
  }
  return null;
}

function within(table: string, { organizationId, from, to }: PhoneCallQuery): Condition[] {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const conditions = [
    sql<SqlBool>`${column('organization_id')} = ${organizationId}`,
    sql<SqlBool>`${column('published')} >= ${from}`,
  ];
  if (to !== null) conditions.push(sql<SqlBool>`${column('published')} < ${to}`);
  return conditions;
}
