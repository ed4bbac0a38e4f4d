import type { Kysely } from 'kysely';
import type { CallAt } from '../../call/ports.ts';
import type { Tables } from './tables.ts';

/** How far the wall clock may have been set back between events that were committed one after the other. */
const clockSetBackMs = 3_600_000;

/** The calls that were running with the event at a position: found by the times of calls, then counted by positions. */
export async function callsAt(
  db: Kysely<Tables>,
  { organizationId, position }: { readonly organizationId: string; readonly position: number },
): Promise<CallAt[]> {
  const at = await db
    .selectFrom('event')
    .select('at')
    .where('position', '<=', position)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (at === undefined) return [];
  const rows = await db
    .selectFrom('stream')
    .select((of) => [
      'stream.id',
      'stream.ended_at',
      'stream.last_seq',
      of
        .selectFrom('event')
        .select((event) => event.fn.max('event.seq').as('seq'))
        .whereRef('event.stream_number', '=', 'stream.number')
        .where('event.position', '<=', position)
        .as('seq'),
    ])
    .where('stream.kind', '=', 'call')
    .where('stream.organization_id', '=', organizationId)
    .where('stream.started_at', '<=', at.at + clockSetBackMs)
    .where((of) => of.or([of('stream.ended_at', 'is', null), of('stream.ended_at', '>=', at.at - clockSetBackMs)]))
    .execute();
  return rows.flatMap(({ id, ended_at, last_seq, seq }) =>
    seq === null || (ended_at !== null && seq === last_seq) ? [] : [{ callId: id, seq }],
  );
}
