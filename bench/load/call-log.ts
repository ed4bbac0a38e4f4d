import { DatabaseSync } from 'node:sqlite';

const day = 86_400_000;

/**
 * Fills the log of a server that is not running with so many ended calls, as quickly as SQLite can: two thirds from a
 * conference to numbers outside, the rest between phones, out and in, over the last 60 days. What triggers and indexes
 * would do row by row is done for all rows at once.
 */
export function fillCallLog(file: string, calls: number, now: number): void {
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off; pragma cache_size = -400000; pragma temp_store = memory; begin');
  const kept = database
    .prepare("select type, name, sql from sqlite_master where type in ('index', 'trigger') and sql is not null")
    .all();
  for (const { type, name } of kept) database.exec(`drop ${type} ${name}`);
  for (const statement of statements(calls, now)) database.exec(statement);
  for (const { sql } of kept) database.exec(String(sql));
  database.exec('commit; pragma wal_checkpoint(truncate)');
  database.close();
}

const id = (kind: string) => `printf('${kind}%019x', n)`;

/** Rows made from counting: `n`, when it began, which kind it is, with which number outside. */
function counted(calls: number, now: number): string {
  const step = (60 * day) / calls;
  return `with recursive
    counting (n) as (select 1 union all select n + 1 from counting where n < ${calls}),
    counted as (select n, cast(${now - 60 * day} + n * ${step} as integer) as at, n % 12 as kind, n % 9973 as other from counting)`;
}

function statements(calls: number, now: number): string[] {
  const rows = counted(calls, now);
  const outside =
    "json_object('kind', 'external', 'number', printf('%d', 2025550000 + other), 'name', '', 'extensionId', null)";
  const phone = (number: string) =>
    `json_object('kind', 'extension', 'number', ${number}, 'name', 'Phone', 'extensionId', '3-' || ${number})`;
  const room = `json_object('kind', 'conference', 'number', '200', 'name', 'Weekly', 'extensionId', '3-200')`;
  return [
    `insert into stream (number, kind, id, organization_id, started_at, ended_at, last_seq)
      ${rows} select n + (select coalesce(max(number), 0) from stream), 'call', ${id('c')}, '3', at, at + 61000, 7 from counted`,
    `insert into recording (number, id, call_id, organization_id, started_at, ended_at)
      ${rows} select n, ${id('d')}, ${id('c')}, '3', at, at + 60000 from counted where n % 10 = 0`,
    `insert into call_record (number, id, call_id, organization_id, from_extension, to_extension, from_party, to_party,
        direction, started_at, alerted_at, answered_at, ended_at, disposition, cause, leg_id, role, charged_extension,
        call_entered_at, call_answered_at, party)
      ${rows}
      select n, ${id('a')}, ${id('c')}, '3',
        case when kind < 8 then '3-200' when kind > 8 then '3-10' || (1 + n % 4) end,
        case when kind in (8, 9) then '3-113' end,
        case when kind < 8 then ${room} when kind = 8 then ${outside} else ${phone("'10' || (1 + n % 4)")} end,
        case when kind in (8, 9) then ${phone("'113'")} else ${outside} end,
        case when kind = 8 then 'incoming' else 'outgoing' end,
        at, at + 1000, case when kind % 4 < 3 then at + 3000 end, at + 61000,
        case when kind % 4 < 3 then 'answered' when n % 8 < 5 then 'noAnswer' else 'busy' end, 'normal',
        ${id('b')}, 'participant',
        case when kind < 8 then '3-200' when kind = 8 then '3-113' else '3-10' || (1 + n % 4) end,
        at, case when kind % 4 < 3 then at + 3000 end, 'to'
      from counted`,
    `insert into phone_call
      select number, case when from_extension = '3-200' then leg_id else call_id end, organization_id, started_at, answered_at,
        ended_at, charged_extension, started_at, direction = 'outgoing', 1,
        case when from_extension is null then 'incoming' when to_extension is null then 'outgoing' else 'local' end, disposition,
        case when from_extension is null or to_extension is null then json_array(charged_extension)
          else json_array(from_extension, to_extension) end
      from call_record`,
    `insert into phone_call_between
      select number, case when from_extension = '3-200' then '' else source || '>' || destination end, 1, organization_id, started_at,
        source, substr(source, -7), from_extension, destination, substr(destination, -7), to_extension, charged_extension,
        case when from_extension is null then 'incoming' when to_extension is null then 'outgoing' else 'local' end,
        disposition, answered_at, ended_at, 0
      from (select *, from_party ->> 'number' as source, to_party ->> 'number' as destination from call_record)`,
    `insert into phone_call_member
      select organization_id, value, published, number from phone_call, json_each(members) order by value, published, number`,
    `insert into phone_call_tally
      select organization_id, '*', published / 3600000, flow, outcome, 0, count(*) from phone_call group by 1, 2, 3, 4, 5
      union all
      select organization_id, members, published / 3600000, flow, outcome, 0, count(*) from phone_call group by 1, 2, 3, 4, 5`,
    `insert into phone_call_group
      select organization_id, value, members from (select distinct organization_id, members from phone_call), json_each(members)`,
  ];
}
