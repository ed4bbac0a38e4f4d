import { type Kysely, sql } from 'kysely';

/** So many are kept: whoever has not looked for longer reads everything anew. */
const mostKept = 100_000;

/**
 * Which phone calls have changed or gone, in order, for whoever keeps them in memory to be counted
 * (docs/decisions/0006).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table phone_call_change (
    position integer primary key,
    organization_id text not null,
    published integer not null,
    call_number integer not null
  )`.execute(db);
  // Each record that is told of a phone call ends with setting how many parts there are.
  await changed('phone_call_changed', 'after update of parts on phone_call', 'new').execute(db);
  await changed('phone_call_taken', 'after delete on phone_call', 'old').execute(db);
}

function changed(name: string, when: string, of: 'new' | 'old') {
  return sql.raw(`create trigger ${name} ${when} begin
    insert into phone_call_change (organization_id, published, call_number)
      values (${of}.organization_id, ${of}.published, ${of}.number);
    delete from phone_call_change where position <= (select max(position) from phone_call_change) - ${mostKept};
  end`);
}
