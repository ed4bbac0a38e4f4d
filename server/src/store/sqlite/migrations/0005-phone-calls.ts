import { type Kysely, sql } from 'kysely';

/**
 * Phone calls as clients list them, kept beside the records they are put together from: what is to be shown of each, by
 * which numbers and extensions it is found, and how many there were in each hour. Triggers keep all of it, so it is
 * right whatever writes or deletes records; the rules are those of call/testing/phone-calls-of.ts, in SQL.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['call_entered_at', 'call_answered_at']) {
    await db.schema.alterTable('call_record').addColumn(column, 'integer').execute();
  }
  await db.schema.alterTable('call_record').addColumn('party', 'text').execute();
  // Lists by extension are lists of phone calls now.
  for (const index of ['from_extension', 'to_extension', 'charged_extension']) {
    await db.schema.dropIndex(`call_record_${index}`).execute();
  }
  for (const statement of [...tables, ...tallied, ...told]) await sql.raw(statement).execute(db);
  await sql.raw(`insert into phone_call_part ${partOf('call_record')} order by number`).execute(db);
  for (const statement of onRecords) await sql.raw(statement).execute(db);
}

const tables = [
  `create table phone_call (
    number integer primary key,
    id text not null unique,
    organization_id text not null,
    published integer not null,
    answered integer,
    saved integer not null,
    charged text,
    charged_since integer not null,
    dialled integer not null,
    parts integer not null default 0,
    flow text,
    outcome text,
    members text
  )`,
  'create index phone_call_published on phone_call (organization_id, published)',
  // Few: those of which more is to be looked at than is in the tally.
  'create index phone_call_manifold on phone_call (organization_id, published) where parts > 1',
  `create table phone_call_between (
    call_number integer not null,
    pair text not null,
    ordinal integer not null,
    organization_id text not null,
    published integer not null,
    source text not null,
    source_tail text not null,
    source_extension text,
    destination text not null,
    destination_tail text not null,
    destination_extension text,
    charged text,
    ends text not null,
    outcome text not null,
    answered integer,
    ended integer not null,
    from_caller integer not null,
    primary key (call_number, pair)
  ) without rowid`,
  'create index phone_call_between_source on phone_call_between (organization_id, source_tail, published)',
  'create index phone_call_between_destination on phone_call_between (organization_id, destination_tail, published)',
  `create table phone_call_member (
    organization_id text not null,
    extension_id text not null,
    published integer not null,
    call_number integer not null,
    primary key (organization_id, extension_id, published, call_number)
  ) without rowid`,
  // Per hour; with \`members\` '*' of the whole organization, else of those calls that just these extensions had to do
  // with.
  `create table phone_call_tally (
    organization_id text not null,
    members text not null,
    hour integer not null,
    flow text not null,
    outcome text not null,
    manifold integer not null,
    calls integer not null,
    primary key (organization_id, members, hour, flow, outcome, manifold)
  ) without rowid`,
  `create table phone_call_group (
    organization_id text not null,
    extension_id text not null,
    members text not null,
    primary key (organization_id, extension_id, members)
  ) without rowid`,
];

const tallyKey = (of: string, members: string) =>
  `organization_id = ${of}.organization_id and members = ${members} and hour = ${of}.published / 3600000
    and flow = ${of}.flow and outcome = ${of}.outcome and manifold = (${of}.parts > 1)`;
export const counted = (of: string) =>
  ["'*'", `${of}.members`]
    .map(
      (members) => `insert into phone_call_tally
        select ${of}.organization_id, ${members}, ${of}.published / 3600000, ${of}.flow, ${of}.outcome, ${of}.parts > 1, 1
        where ${of}.flow is not null
        on conflict do update set calls = calls + 1;`,
    )
    .join('\n');
export const uncounted = (of: string) =>
  ["'*'", `${of}.members`]
    .map(
      (members) => `update phone_call_tally set calls = calls - 1 where ${tallyKey(of, members)};
        delete from phone_call_tally where ${tallyKey(of, members)} and calls <= 0;`,
    )
    .join('\n');

const tallied = [
  `create trigger phone_call_told after update of flow, outcome, parts, members on phone_call
   when (old.flow, old.outcome, old.parts > 1, old.members) is not (new.flow, new.outcome, new.parts > 1, new.members)
   begin ${uncounted('old')} ${counted('new')} end`,
  `create trigger phone_call_shared after update of members on phone_call when old.members is not new.members begin
     delete from phone_call_member where organization_id = new.organization_id and published = new.published
       and call_number = new.number and extension_id in (
         select value from json_each(old.members) except select value from json_each(new.members));
     insert or ignore into phone_call_member
       select new.organization_id, value, new.published, new.number from json_each(new.members);
     insert or ignore into phone_call_group
       select new.organization_id, value, new.members from json_each(new.members);
   end`,
  `create trigger phone_call_gone after delete on phone_call begin
     ${uncounted('old')}
     delete from phone_call_between where call_number = old.number;
     delete from phone_call_member where organization_id = old.organization_id and published = old.published
       and call_number = old.number and extension_id in (select value from json_each(old.members));
   end`,
  `create trigger phone_call_group_gone after delete on phone_call_tally
   when old.members <> '*' and not exists (
     select 1 from phone_call_tally where organization_id = old.organization_id and members = old.members)
   begin
     delete from phone_call_group where organization_id = old.organization_id and members = old.members
       and extension_id in (select value from json_each(old.members));
   end`,
];

/** A record as the part that it tells of a phone call. */
function partOf(record: string): string {
  const of = (column: string) => `${record}.${column}`;
  const from = (key: string) => `${of('from_party')} ->> '${key}'`;
  const to = (key: string) => `${of('to_party')} ->> '${key}'`;
  const asLeg = `((${from('kind')} = 'conference' or ${to('kind')} = 'conference') and ${of('leg_id')} is not null)`;
  const answered = of('answered_at');
  return `select
    case when ${asLeg} then ${of('leg_id')} else ${of('call_id')} end as id,
    ${asLeg} as as_leg,
    ${of('organization_id')} as organization_id,
    coalesce(${of('call_entered_at')}, ${of('started_at')}) as published,
    case when ${of('call_entered_at')} is null then ${answered} else ${of('call_answered_at')} end as call_answered,
    ${of('started_at')} as started,
    ${answered} as answered,
    ${of('ended_at')} as ended,
    coalesce(${of('charged_extension')}, ${of('from_extension')}, ${of('to_extension')}) as charged,
    ${of('direction')} = 'outgoing' as dialled,
    ${from('number')} as source,
    ${of('from_extension')} as source_extension,
    ${to('number')} as destination,
    ${of('to_extension')} as destination_extension,
    case
      when ${from('kind')} = 'external' then case when ${to('kind')} = 'external' then 'transit' else 'incoming' end
      when ${to('kind')} = 'external' then 'outgoing'
      else 'local'
    end as ends,
    case
      when ${answered} is not null then 'answered'
      when ${of('disposition')} = 'refused' then
        case when ${of('cause')} in ('unauthorized', 'locked', 'conferenceFull') then 'notAllowed' else 'busy' end
      when ${of('disposition')} = 'cancelled' then 'noAnswer'
      else ${of('disposition')}
    end as outcome,
    coalesce(${of('party')}, case ${of('direction')} when 'incoming' then 'from' else 'to' end) = 'from' as from_caller
    ${record === 'call_record' ? "from call_record where role <> 'supervisor'" : ''}`;
}

const tail = (number: string) =>
  `substr(case when substr(${number}, 1, 1) = '+' then substr(${number}, 2) else ${number} end, -7)`;
const earlier = (column: string) => `coalesce(min(${column}, excluded.${column}), ${column}, excluded.${column})`;
const later = 'excluded.ended >= ended';
const latestTold = [
  'source',
  'source_tail',
  'source_extension',
  'destination',
  'destination_tail',
  'destination_extension',
  'charged',
  'ends',
]
  .map((column) => `${column} = case when new.as_leg and not (${later}) then ${column} else excluded.${column} end`)
  .join(', ');
const ofCall = 'call_number = new.number';
const firstPart = (column: string) =>
  `(select ${column} from phone_call_between where ${ofCall} order by ordinal limit 1)`;

const told = [
  `create view phone_call_part as ${partOf('call_record')}`,
  `create view phone_call_known_part as select phone_call.number, phone_call.published, phone_call_part.*
    from phone_call_part, phone_call using (id)`,
  `create trigger phone_call_part_told instead of insert on phone_call_part begin
    insert into phone_call (id, organization_id, published, answered, saved, charged, charged_since, dialled)
    values (new.id, new.organization_id, new.published, new.call_answered, new.ended, new.charged, new.started, new.dialled)
    on conflict (id) do update set
      answered = ${earlier('answered')},
      saved = max(saved, excluded.saved),
      charged = case when excluded.charged_since < charged_since then excluded.charged else charged end,
      charged_since = min(charged_since, excluded.charged_since),
      dialled = min(dialled, excluded.dialled);
    insert into phone_call_known_part
    select number, phone_call.published, new.id, new.as_leg, phone_call.organization_id, new.published, new.call_answered,
      new.started, new.answered, new.ended, new.charged, new.dialled, new.source, new.source_extension, new.destination,
      new.destination_extension, new.ends, new.outcome, new.from_caller
    from phone_call where id = new.id;
  end`,
  `create trigger phone_call_known_part_told instead of insert on phone_call_known_part begin
    insert into phone_call_between
    select new.number, case when new.as_leg then '' else new.source || '>' || new.destination end,
      (select coalesce(max(ordinal), 0) + 1 from phone_call_between where ${ofCall}),
      new.organization_id, new.published,
      new.source, ${tail('new.source')}, new.source_extension,
      new.destination, ${tail('new.destination')}, new.destination_extension,
      new.charged, new.ends, new.outcome, new.answered, new.ended, new.from_caller and not new.as_leg
    where new.as_leg or not new.from_caller or not exists (
      select 1 from phone_call_between where ${ofCall} and source = new.source and not from_caller)
    on conflict do update set
      ${latestTold},
      answered = case when from_caller then excluded.answered else ${earlier('answered')} end,
      ended = case when from_caller then excluded.ended else max(ended, excluded.ended) end,
      outcome = case
        when from_caller then excluded.outcome
        when coalesce(answered, excluded.answered) is not null then 'answered'
        when new.as_leg and not (${later}) then outcome
        else excluded.outcome
      end,
      from_caller = excluded.from_caller;

    delete from phone_call_between
    where ${ofCall} and source = new.source and from_caller and not new.from_caller and not new.as_leg;

    update phone_call set
      parts = (select count(*) from phone_call_between where ${ofCall}),
      outcome = ${firstPart('outcome')},
      flow = ${firstPart("case ends when 'transit' then case when phone_call.dialled then 'outgoing' else 'incoming' end else ends end")},
      members = (
        select json_group_array(extension_id order by extension_id) from (
          select source_extension as extension_id from phone_call_between where ${ofCall}
          union select destination_extension from phone_call_between where ${ofCall}
          union select charged from phone_call_between where ${ofCall})
        where extension_id is not null)
    where number = new.number;
  end`,
];

/** From now on; what there was is carried over by hand. */
const onRecords = [
  `create trigger call_record_told after insert on call_record when new.role <> 'supervisor' begin
     insert into phone_call_part ${partOf('new')};
   end`,
  `create trigger call_record_gone after delete on call_record when old.role <> 'supervisor' begin
     delete from phone_call where id = (select id from (${partOf('old')}));
   end`,
];
