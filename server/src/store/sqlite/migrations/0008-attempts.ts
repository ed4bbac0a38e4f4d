import { type Kysely, type SqlBool, sql } from 'kysely';

/** Attempts that came to no call are listed by organization: there may be a few among a million calls. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('stream_attempt')
    .on('stream')
    .columns(['organization_id', 'number'])
    .where(sql<SqlBool>`kind = 'attempt'`)
    .execute();
}
