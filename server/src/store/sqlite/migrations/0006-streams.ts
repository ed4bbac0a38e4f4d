import { type Kysely, type SqlBool, sql } from 'kysely';

/**
 * One log of everything that has a history: calls are one kind of stream, and each event has a place in its step. What
 * webhooks tell is numbered by the step it tells of.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stream')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('organization_id', 'text')
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'integer')
    .addColumn('last_seq', 'integer', (column) => column.notNull())
    .addUniqueConstraint('stream_key', ['kind', 'id'])
    .execute();
  await sql`
    insert into stream (number, kind, id, organization_id, started_at, ended_at, last_seq)
    select number, 'call', id, organization_id, started_at, ended_at, last_seq from call
  `.execute(db);
  await db.schema.dropTable('call').execute();
  // Holds the open ones only, so finding them takes no longer after a million old ones.
  await db.schema
    .createIndex('stream_open')
    .on('stream')
    .columns(['kind', 'number'])
    .where(sql<SqlBool>`ended_at is null`)
    .execute();
  await db.schema.createIndex('stream_organization').on('stream').columns(['organization_id', 'number']).execute();

  await db.schema.alterTable('event').renameColumn('call_number', 'stream_number').execute();
  // Whatever has been read by all is told no more: there each may as well have been a step of its own.
  await db.schema
    .alterTable('event')
    .addColumn('place', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  // What is still to be told: what was committed together has the same time, and was one step or, at worst, a few.
  await sql`
    update event set place = grouped.place
    from (
      select stream_number, seq, position - min(position) over (partition by run) as place
      from (
        select stream_number, seq, position, sum(begins) over (order by position) as run
        from (
          select stream_number, seq, position, at is not lag(at) over (order by position) as begins
          from event
          where position > (select position from webhook_cursor where exists (select 1 from webhook_subscription where enabled = 1))
        )
      )
    ) as grouped
    where event.stream_number = grouped.stream_number and event.seq = grouped.seq and grouped.place > 0
  `.execute(db);

  // SQLite adds one column at a time.
  await db.schema.alterTable('webhook_delivery').addColumn('step', 'integer').execute();
  await db.schema.alterTable('webhook_delivery').addColumn('place', 'integer').execute();
}
