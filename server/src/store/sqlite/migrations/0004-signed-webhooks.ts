import { type Kysely, sql } from 'kysely';

/** PKCE of codes; which app a webhook is for and how that app wants it; secrets that webhooks are signed with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('token').addColumn('code_challenge', 'text').execute();
  // SQLite adds one column at a time.
  await db.schema.alterTable('app').addColumn('webhooks', 'text').execute();
  await db.schema.alterTable('app').addColumn('webhook_secret', 'text').execute();
  await db.schema.alterTable('webhook_subscription').addColumn('app_key', 'text').execute();
  await db.schema.alterTable('webhook_delivery').addColumn('type', 'integer').execute();
  await db.schema
    .createTable('webhook_secret')
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer')
    .addPrimaryKeyConstraint('webhook_secret_key', ['app_key', 'secret'])
    .modifyEnd(sql`without rowid`)
    .execute();
}
