import { type Kysely, sql } from 'kysely';

/** What must outlive the process though nothing waits for it: dialogs and registrations. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('fact')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'integer')
    .addPrimaryKeyConstraint('fact_key', ['kind', 'key'])
    .modifyEnd(sql`without rowid`)
    .execute();
}
