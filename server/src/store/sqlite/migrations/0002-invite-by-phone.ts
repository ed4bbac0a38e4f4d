import type { Kysely } from 'kysely';

/** Trunks with several targets, health and digest inbound; the tone of recordings. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('conference')
    .addColumn('record_tone', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  // SQLite adds one column at a time.
  await db.schema.alterTable('trunk').addColumn('uris', 'text').execute();
  await db.schema
    .alterTable('trunk')
    .addColumn('addresses', 'text', (column) => column.notNull().defaultTo('[]'))
    .execute();
  await db.schema.alterTable('trunk').addColumn('inbound_username', 'text').execute();
  await db.schema.alterTable('trunk').addColumn('inbound_password', 'text').execute();
  await db.schema
    .alterTable('trunk')
    .addColumn('register_expires_ms', 'integer', (column) => column.notNull().defaultTo(300_000))
    .execute();
  // No NOT NULL: null is `off`. Rows of the first version are asked as new ones are.
  await db.schema
    .alterTable('trunk')
    .addColumn('options_ms', 'integer', (column) => column.defaultTo(30_000))
    .execute();
  await db.schema
    .alterTable('trunk')
    .addColumn('prack', 'text', (column) => column.notNull().defaultTo('supported'))
    .execute();
  await db.schema
    .alterTable('trunk')
    .addColumn('failover_ms', 'integer', (column) => column.notNull().defaultTo(4000))
    .execute();
}
