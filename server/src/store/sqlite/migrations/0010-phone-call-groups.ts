import { type Kysely, sql } from 'kysely';
import { counted, uncounted } from './0005-phone-calls.ts';

/**
 * A phone call that is known by more than at first (one more part, another outcome) is counted anew before what it was
 * is counted no more: the other way round, where no other call was of just the same extensions, the group of these went
 * with it, and the call was in none of their lists. What went so is there again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger phone_call_told`.execute(db);
  await sql
    .raw(`create trigger phone_call_told after update of flow, outcome, parts, members on phone_call
      when (old.flow, old.outcome, old.parts > 1, old.members)
        is not (new.flow, new.outcome, new.parts > 1, new.members)
      begin ${counted('new')} ${uncounted('old')} end`)
    .execute(db);
  await sql`insert or ignore into phone_call_group
    select organization_id, value, members
    from (select distinct organization_id, members from phone_call_tally where members <> '*'), json_each(members)
  `.execute(db);
}
