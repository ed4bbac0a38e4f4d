import { type Kysely, type SqlBool, sql } from 'kysely';

/**
 * Trunks with several targets, one order over all events, recordings, tokens, requests known by key, salts, webhooks.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await directory(db);
  await calls(db);
  await db.schema
    .createTable('token')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('family', 'text', (column) => column.notNull())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('secret_mark', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'integer', (column) => column.notNull())
    .addColumn('user_id', 'integer', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .addColumn('redirect_uri', 'text')
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute();
  for (const column of ['family', 'app_key', 'expires_at']) {
    await db.schema.createIndex(`token_${column}`).on('token').column(column).execute();
  }
  await db.schema
    .createTable('known_request')
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('body', 'text')
    .addPrimaryKeyConstraint('known_request_key', ['scope', 'key'])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema.createIndex('known_request_at').on('known_request').column('at').execute();
  await db.schema
    .createTable('salt')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await webhooks(db);
}

async function directory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('conference')
    .addColumn('record_tone', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('app')
    .addColumn('enabled', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  // SQLite adds one column at a time.
  const trunk = db.schema.alterTable('trunk');
  await trunk.addColumn('uris', 'text').execute();
  await trunk.addColumn('addresses', 'text', (column) => column.notNull().defaultTo('[]')).execute();
  await trunk.addColumn('inbound_username', 'text').execute();
  await trunk.addColumn('inbound_password', 'text').execute();
  await trunk.addColumn('register_expires_ms', 'integer', (column) => column.notNull().defaultTo(300_000)).execute();
  // Null is `off`; rows of the first version are asked as new ones are.
  await trunk.addColumn('options_ms', 'integer', (column) => column.defaultTo(30_000)).execute();
  await trunk.addColumn('prack', 'text', (column) => column.notNull().defaultTo('supported')).execute();
  await trunk.addColumn('failover_ms', 'integer', (column) => column.notNull().defaultTo(4000)).execute();
}

async function calls(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('event').addColumn('position', 'integer').execute();
  // The order of commit was not kept before; that of the times is as good, and right within each call.
  await sql`
    update event set position = ordered.position
    from (select call_number, seq, row_number() over (order by at, call_number, seq) as position from event) as ordered
    where event.call_number = ordered.call_number and event.seq = ordered.seq
  `.execute(db);
  await db.schema.createIndex('event_position').on('event').column('position').unique().execute();

  await db.schema.alterTable('call_record').addColumn('leg_id', 'text').execute();
  await db.schema
    .createIndex('call_record_leg')
    .on('call_record')
    .column('leg_id')
    .where(sql<SqlBool>`leg_id is not null`)
    .execute();

  // Nobody listened or whispered in the first version.
  const role = db.schema.alterTable('call_record');
  await role.addColumn('role', 'text', (column) => column.notNull().defaultTo('participant')).execute();
  await db.schema.alterTable('call_record').addColumn('charged_extension', 'text').execute();
  await db.schema
    .createIndex('call_record_charged_extension')
    .on('call_record')
    .columns(['charged_extension', 'ended_at'])
    .where(sql<SqlBool>`charged_extension is not null`)
    .execute();

  await db.schema
    .createTable('recording')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('call_id', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text')
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'integer')
    .execute();
  await db.schema.createIndex('recording_call').on('recording').columns(['call_id', 'number']).execute();
  await db.schema
    .createIndex('recording_organization')
    .on('recording')
    .columns(['organization_id', 'number'])
    .execute();
}

async function webhooks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_subscription')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('extension_id', 'text', (column) => column.notNull())
    .addColumn('type', 'integer', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('since', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('modified_at', 'integer', (column) => column.notNull())
    .execute();
  // A position is never used twice, also when all before have been delivered: senders remember how far they have read.
  await sql`
    create table webhook_delivery (
      position integer primary key autoincrement,
      lane text not null,
      subscription_id text not null references webhook_subscription (id) on delete cascade,
      order_key text not null,
      at integer not null,
      fields text not null
    )
  `.execute(db);
  await db.schema.createIndex('webhook_delivery_lane').on('webhook_delivery').columns(['lane', 'position']).execute();
  await db.schema
    .createIndex('webhook_delivery_subscription')
    .on('webhook_delivery')
    .column('subscription_id')
    .execute();
  await db.schema
    .createTable('webhook_cursor')
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('position', 'integer', (column) => column.notNull())
    .execute();
}
