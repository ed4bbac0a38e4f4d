import type { Selectable } from 'kysely';
import { isOfCall, type LoggedEvent, streamOf } from '../../call/model/event-log.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { Tables } from './tables.ts';

/** Of its stream, in memory. */
export const keyOf = (event: LoggedEvent): string =>
  isOfCall(event) ? event.callId : `${event.stream.kind} ${event.stream.id}`;

/** The parameters of the statement that inserts it. `place`: among the events of its step. */
export function rowOf(event: LoggedEvent, place: number): (string | number | null)[] {
  const { kind, id } = streamOf(event);
  const { seq, at, type, data } = event;
  const [connectionId, cause] = isOfCall(event) ? [event.connectionId, event.cause] : [null, 'normal'];
  return [kind, id, seq, at, type, connectionId, cause, JSON.stringify(data), place];
}

type EventRow = Selectable<Tables['event']>;

/** What was stored is what was appended, so its type and its data fit each other. */
export function eventOf(
  stream: Pick<Selectable<Tables['stream']>, 'kind' | 'id' | 'organization_id'>,
  row: EventRow,
): LoggedEvent {
  const { kind, id, organization_id } = stream;
  if (kind === 'call') return callEventOf(id, row);
  const { seq, at, type, data } = row;
  return {
    stream: { kind, id },
    organizationId: organization_id ?? '',
    seq,
    at,
    type,
    data: JSON.parse(data) as object,
  };
}

export function callEventOf(callId: string, row: EventRow): CallEvent {
  const { seq, at, type, connection_id, cause, data } = row;
  return { callId, seq, at, type, connectionId: connection_id, cause, data: JSON.parse(data) } as CallEvent;
}
