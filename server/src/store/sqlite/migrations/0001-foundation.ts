import { type Kysely, type SqlBool, sql } from 'kysely';

/** Directory, event log and call records. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('organization')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('applied', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('user')
    .addColumn('organization_id', 'integer', (column) => column.notNull())
    .addColumn('id', 'integer', (column) => column.notNull())
    .addColumn('login', 'text')
    .addColumn('password_hash', 'text')
    .addColumn('first_name', 'text', (column) => column.notNull())
    .addColumn('last_name', 'text', (column) => column.notNull())
    .addColumn('roles', 'text', (column) => column.notNull())
    .addColumn('features', 'text', (column) => column.notNull())
    .addColumn('applied', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('user_key', ['organization_id', 'id'])
    .execute();
  await db.schema
    .createTable('extension')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'integer', (column) => column.notNull())
    .addColumn('user_id', 'integer', (column) => column.notNull())
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('caller_name', 'text', (column) => column.notNull())
    .addColumn('caller_number', 'text', (column) => column.notNull())
    .addColumn('public_numbers', 'text', (column) => column.notNull())
    .addColumn('sip', 'text')
    .addColumn('applied', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('conference')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('extension_id', 'text', (column) => column.notNull())
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('meeting_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('participant_pin', 'text')
    .addColumn('moderator_pin', 'text')
    .addColumn('room_size', 'integer', (column) => column.notNull())
    .addColumn('schedule', 'text', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .addColumn('music_while_alone', 'integer', (column) => column.notNull())
    .addColumn('wait_for_moderator', 'integer', (column) => column.notNull())
    .addColumn('close_when_moderators_leave', 'integer', (column) => column.notNull())
    .addColumn('announce_count', 'integer', (column) => column.notNull())
    .addColumn('entry_tone', 'integer', (column) => column.notNull())
    .addColumn('applied', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('app')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('organization_id', 'integer', (column) => column.notNull())
    .addColumn('user_id', 'integer', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('trusted', 'integer', (column) => column.notNull())
    .addColumn('redirect_uris', 'text', (column) => column.notNull())
    .addColumn('applied', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('trunk')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('uri', 'text', (column) => column.notNull())
    .addColumn('username', 'text')
    .addColumn('password', 'text')
    .addColumn('register', 'integer', (column) => column.notNull())
    .addColumn('applied', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('dial_rule')
    .addColumn('position', 'integer', (column) => column.primaryKey())
    .addColumn('match', 'text', (column) => column.notNull())
    .addColumn('trunk', 'text', (column) => column.notNull())
    .addColumn('strip', 'integer', (column) => column.notNull())
    .addColumn('prepend', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('lockout')
    .addColumn('conference_id', 'text', (column) => column.notNull())
    .addColumn('caller_key', 'text', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('last_at', 'integer', (column) => column.notNull())
    .addColumn('locked_until', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('lockout_key', ['conference_id', 'caller_key'])
    .execute();

  await db.schema
    .createTable('call')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('organization_id', 'text')
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'integer')
    .addColumn('last_seq', 'integer', (column) => column.notNull())
    .execute();
  // Holds the open calls only, so finding them takes no longer after a million old ones.
  await db.schema.createIndex('call_open').on('call').column('number').where(sql<SqlBool>`ended_at is null`).execute();
  await db.schema.createIndex('call_organization').on('call').columns(['organization_id', 'number']).execute();
  await db.schema
    .createTable('event')
    .addColumn('call_number', 'integer', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('connection_id', 'text')
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('event_key', ['call_number', 'seq'])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createTable('call_record')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('call_id', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('from_extension', 'text')
    .addColumn('to_extension', 'text')
    .addColumn('from_party', 'text', (column) => column.notNull())
    .addColumn('to_party', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('alerted_at', 'integer')
    .addColumn('answered_at', 'integer')
    .addColumn('ended_at', 'integer', (column) => column.notNull())
    .addColumn('disposition', 'text', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('call_record_call').on('call_record').column('call_id').execute();
  await db.schema.createIndex('call_record_ended').on('call_record').column('ended_at').execute();
  await db.schema
    .createIndex('call_record_organization')
    .on('call_record')
    .columns(['organization_id', 'ended_at'])
    .execute();
  for (const side of ['from_extension', 'to_extension']) {
    await db.schema
      .createIndex(`call_record_${side}`)
      .on('call_record')
      .columns([side, 'ended_at'])
      .where(sql<SqlBool>`${sql.ref(side)} is not null`)
      .execute();
  }
}
