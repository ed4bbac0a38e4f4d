import { type Kysely, type SqlBool, sql } from 'kysely';
import { type CallSummary, mostParties, type PartySummary } from '../../call/model/call-summary.ts';
import type { RecentCalls, RecentCallsQuery } from '../../call/ports.ts';
import type { Tables } from './tables.ts';

interface LookedAt {
  /** Histories by one statement: others that read are let in between. */
  readonly atOnce: number;
  /** For one page: it ends there, full or not, so that what is seldom there costs no more in a longer log. */
  readonly most: number;
}

const usual: LookedAt = { atOnce: 2000, most: 50_000 };

/** Newest first, and where to go on. */
export async function recentCalls(
  db: Kysely<Tables>,
  query: RecentCallsQuery,
  { atOnce, most }: LookedAt = usual,
): Promise<RecentCalls> {
  if (query.callId !== undefined) return { calls: await callsBetween(db, query, null), next: null };
  const calls: CallSummary[] = [];
  let { before } = query;
  for (let looked = atOnce; ; looked += atOnce) {
    const upTo = { ...query, ...(before === undefined ? {} : { before }), limit: query.limit - calls.length };
    const from = await furtherBack(db, upTo, atOnce);
    calls.push(...(await callsBetween(db, upTo, from)));
    if (calls.length >= query.limit) return { calls, next: calls.at(-1)?.position ?? null };
    if (from === null || looked >= most) return { calls, next: from };
    before = from;
  }
}

/** The number of the last of the next `count` histories; null: there are not so many. */
async function furtherBack(
  db: Kysely<Tables>,
  { organizationId, before }: Pick<RecentCallsQuery, 'organizationId' | 'before'>,
  count: number,
): Promise<number | null> {
  let select = db.selectFrom('stream').select('number');
  if (organizationId !== undefined) select = select.where('organization_id', '=', organizationId);
  if (before !== undefined) select = select.where('number', '<', before);
  const row = await select
    .orderBy('number', 'desc')
    .limit(1)
    .offset(count - 1)
    .executeTakeFirst();
  return row?.number ?? null;
}

/**
 * Calls with what tells one from the other, newest first: what the first event says, the cause of the last, and the
 * first parties. For each line that is two events and ten records found by their keys, however long the call was.
 */
async function callsBetween(db: Kysely<Tables>, query: RecentCallsQuery, first: number | null): Promise<CallSummary[]> {
  const { organizationId, callId, cause, ended, from, limit, before, party, to } = query;
  let select = db
    .selectFrom('stream')
    .leftJoin('event as first', (join) =>
      join.onRef('first.stream_number', '=', 'stream.number').on('first.seq', '=', 1),
    )
    .leftJoin('event as last', (join) =>
      join.onRef('last.stream_number', '=', 'stream.number').onRef('last.seq', '=', 'stream.last_seq'),
    )
    .select([
      'stream.number',
      'stream.id',
      'stream.organization_id',
      'stream.started_at',
      'stream.ended_at',
      'stream.last_seq',
    ])
    .select(['last.cause', opened.as('opened'), countOfParties.as('ended'), partiesOf.as('parties')]);
  // With `+` an index over organizations is of no use: one call is found by its id.
  const organization =
    callId === undefined ? sql<string>`stream.organization_id` : sql<string>`+stream.organization_id`;
  if (organizationId !== undefined) select = select.where(organization, '=', organizationId);
  // Likewise over kinds: most streams are calls.
  const kind = callId === undefined ? sql<string>`+stream.kind` : sql<string>`stream.kind`;
  select = select.where(kind, '=', 'call');
  if (callId !== undefined) select = select.where('stream.id', '=', callId);
  if (ended === true) select = select.where('stream.ended_at', 'is not', null);
  if (before !== undefined) select = select.where('stream.number', '<', before);
  if (first !== null) select = select.where('stream.number', '>=', first);
  if (from !== undefined)
    select = select.where((of) => of.or([of('stream.ended_at', '>=', from), of('stream.ended_at', 'is', null)]));
  if (to !== undefined) select = select.where('stream.started_at', '<=', to);
  if (party !== undefined) select = select.where(hasParty(party));
  if (cause !== undefined) select = select.where(endedFor(cause));
  const rows = await select.orderBy('stream.number', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    callId: row.id,
    organizationId: row.organization_id,
    position: row.number,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    lastSeq: row.last_seq,
    ...openedOf(row.opened),
    cause: (row.cause ?? 'normal') as CallSummary['cause'],
    ended: row.ended,
    parties: (JSON.parse(row.parties) as unknown[][]).map(partyOf),
  }));
}

/** Of the first event only what is shown: a policy is long. */
const opened = sql<string | null>`json_array(
  json_extract(first.data, '$.call.kind'),
  json_extract(first.data, '$.call.conference.extensionNumber'),
  json_extract(first.data, '$.call.conference.number'),
  json_extract(first.data, '$.call.conference.name'),
  json_extract(first.data, '$.call.from.number'),
  json_extract(first.data, '$.call.from.name'),
  json_extract(first.data, '$.call.to.number'),
  json_extract(first.data, '$.call.to.name')
)`;

/** Numbers and names alone, not the ids beside them. */
function hasParty(text: string) {
  const like = `%${text.replace(/[\\%_]/g, (one) => `\\${one}`)}%`;
  // Most are ruled out by the text as it stands, which costs half; quotes and the like are written otherwise there.
  const plain = /["\\\p{Cc}]/u.test(text)
    ? sql`true`
    : sql`(from_party like ${like} escape '\\' or to_party like ${like} escape '\\')`;
  return sql<SqlBool>`exists (
    select 1 from call_record where call_id = stream.id and ${plain} and (
      json_extract(from_party, '$.number') like ${like} escape '\\' or json_extract(from_party, '$.name') like ${like} escape '\\'
      or json_extract(to_party, '$.number') like ${like} escape '\\' or json_extract(to_party, '$.name') like ${like} escape '\\'
    )
  )`;
}

function endedFor(cause: string) {
  return sql<SqlBool>`(last.cause = ${cause} or exists (
    select 1 from call_record where call_id = stream.id and call_record.cause = ${cause}
  ))`;
}

const countOfParties = sql<number>`(select count(*) from call_record where call_id = stream.id)`;

const partiesOf = sql<string>`(
  select json_group_array(json_array(own, direction, disposition, cause, answered_at, ended_at))
  from (
    select
      case coalesce(party, iif(direction = 'incoming', 'from', 'to')) when 'from' then from_party else to_party end as own,
      direction, disposition, cause, answered_at, ended_at
    from call_record where call_id = stream.id order by number limit ${sql.lit(mostParties)}
  )
)`;

function openedOf(text: string | null): Pick<CallSummary, 'kind' | 'conference' | 'from' | 'to'> {
  const [kind = null, extension, number, name, from, fromName, to, toName] = JSON.parse(text ?? '[]') as (
    | string
    | null
    | undefined
  )[];
  const named = (digits: string | null | undefined, called: string | null | undefined) =>
    digits == null ? null : { number: digits, name: called ?? '' };
  return {
    kind: kind as CallSummary['kind'],
    conference: extension == null ? null : { extension, number: number ?? '', name: name ?? '' },
    from: named(from, fromName),
    to: named(to, toName),
  };
}

function partyOf([own, direction, disposition, cause, answeredAt, endedAt]: readonly unknown[]): PartySummary {
  const { number, name } = JSON.parse(String(own)) as { number: string; name: string };
  return { number, name, direction, disposition, cause, answeredAt, endedAt } as PartySummary;
}
