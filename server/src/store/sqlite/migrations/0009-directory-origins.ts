import { type Kysely, sql } from 'kysely';

const tables = ['organization', 'user', 'extension', 'conference', 'app', 'trunk'] as const;

/**
 * Who made each record of the directory: until now the file, or a first start without one, whose organization is known
 * by its name.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of tables) {
    await db.schema
      .alterTable(table)
      .addColumn('origin', 'text', (column) => column.notNull().defaultTo('file'))
      .execute();
  }
  const sandbox = sql`exists (select 1 from organization where id = 3 and name = 'Sandbox')`;
  await sql`update organization set origin = 'start' where id = 3 and name = 'Sandbox'`.execute(db);
  for (const table of ['user', 'extension', 'app'] as const) {
    await sql`update ${sql.table(table)} set origin = 'start' where organization_id = 3 and ${sandbox}`.execute(db);
  }
  await sql`update conference set origin = 'start' where extension_id like '3-%' and ${sandbox}`.execute(db);
  // Of one that the administration made; those of the file are known by their place.
  await db.schema.alterTable('dial_rule').addColumn('id', 'integer').execute();
  await db.schema
    .createTable('directory_setting')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute();
}
