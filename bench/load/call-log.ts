import { DatabaseSync } from 'node:sqlite';

const day = 86_400_000;

/**
 * Fills the log of a server that is not running with so many ended calls, as quickly as SQLite can: two thirds from a conference to
 * numbers outside, the rest between phones, out and in, over the last 60 days.
 */
export function fillCallLog(file: string, calls: number, now: number): void {
  const database = new DatabaseSync(file);
  database.exec('pragma synchronous = off; pragma cache_size = -400000; pragma temp_store = memory; begin');
  const step = (60 * day) / calls;
  const rows = `with recursive
    counted (n) as (select 0 union all select n + 1 from counted where n < ${calls - 1}),
    made as (select n, cast(${now - 60 * day} + n * ${step} as integer) as at, n % 12 as kind, n % 9973 as other from counted)`;
  const id = (kind: string, n = 'n') => `printf('${kind}%019x', ${n})`;
  database.exec(`insert into call (id, organization_id, started_at, ended_at, last_seq)
    ${rows} select ${id('c')}, '3', at, at + 61000, 7 from made`);
  database.exec(`insert into recording (id, call_id, organization_id, started_at, ended_at)
    ${rows} select ${id('d')}, ${id('c')}, '3', at, at + 60000 from made where n % 10 = 0`);
  const outside =
    "json_object('kind', 'external', 'number', printf('%d', 2025550000 + other), 'name', '', 'extensionId', null)";
  const phone = (number: string) =>
    `json_object('kind', 'extension', 'number', ${number}, 'name', 'Phone', 'extensionId', '3-' || ${number})`;
  const room = `json_object('kind', 'conference', 'number', '200', 'name', 'Weekly', 'extensionId', '3-200')`;
  database.exec(`insert into call_record (id, call_id, organization_id, from_extension, to_extension, from_party, to_party,
      direction, started_at, alerted_at, answered_at, ended_at, disposition, cause, leg_id, role, charged_extension,
      call_entered_at, call_answered_at, party)
    ${rows}
    select ${id('a')}, ${id('c')}, '3',
      case when kind < 8 then '3-200' when kind = 8 then null else '3-10' || (1 + n % 4) end,
      case when kind = 8 then '3-113' when kind = 9 then '3-113' end,
      case when kind < 8 then ${room} when kind = 8 then ${outside} else ${phone("'10' || (1 + n % 4)")} end,
      case when kind in (8, 9) then ${phone("'113'")} else ${outside} end,
      case when kind = 8 then 'incoming' else 'outgoing' end,
      at, at + 1000, case when kind % 4 < 3 then at + 3000 end, at + 61000,
      case kind % 4 when 3 then case when n % 8 < 5 then 'noAnswer' else 'busy' end else 'answered' end, 'normal',
      ${id('b')}, 'participant',
      case when kind < 8 then '3-200' when kind = 8 then '3-113' else '3-10' || (1 + n % 4) end,
      at, case when kind % 4 < 3 then at + 3000 end, 'to'
    from made`);
  database.exec('commit; pragma wal_checkpoint(truncate)');
  database.close();
}
