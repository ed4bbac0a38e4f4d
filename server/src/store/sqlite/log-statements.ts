import { type Compilable, type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * The statements of the hot path, compiled once. Each is compiled with stand-ins; the parameters are then given in the
 * order in which the columns are named here.
 */
export function logStatements(db: Kysely<Tables>) {
  const textOf = (query: Compilable) => query.compile().sql;
  const any = 0;
  const text = '';
  return {
    open: textOf(
      db.insertInto('stream').values({
        kind: 'call',
        id: text,
        organization_id: text,
        started_at: any,
        ended_at: any,
        last_seq: any,
      }),
    ),
    advance: textOf(
      db
        .updateTable('stream')
        .set({ last_seq: any, ended_at: any })
        .where('kind', '=', 'call')
        .where('id', '=', text)
        .where('last_seq', '=', any)
        .where('ended_at', 'is', null),
    ),
    event: textOf(
      db.insertInto('event').values((of) => ({
        stream_number: of.selectFrom('stream').select('number').where('kind', '=', 'call').where('id', '=', text),
        seq: any,
        at: any,
        type: text,
        connection_id: text,
        cause: text,
        data: text,
        place: any,
        // One thread writes, in the order of commit.
        position: sql<number>`(select coalesce(max(position), 0) + 1 from event)`,
      })),
    ),
    recordingStarted: textOf(
      db
        .insertInto('recording')
        .values((of) => ({
          id: text,
          call_id: text,
          organization_id: of
            .selectFrom('stream')
            .select('organization_id')
            .where('kind', '=', sql.lit('call'))
            .where('id', '=', text),
          started_at: any,
        }))
        // What is derived from an event must never keep the event from being stored.
        .onConflict((conflict) => conflict.doNothing()),
    ),
    recordingStopped: textOf(
      db.updateTable('recording').set({ ended_at: any }).where('id', '=', text).where('ended_at', 'is', null),
    ),
  };
}
