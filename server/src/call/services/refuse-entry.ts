import type { Call } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { Connection } from '../model/connection.ts';
import type { EntryRefusal } from '../model/events.ts';
import type { Draft } from '../step/draft.ts';
import { apply, byKind, go, ignore, noConnection, type StateTable } from '../step/state-table.ts';
import type { RefuseEntry } from './requests.ts';
import { onOneCall } from './service.ts';

const causes: Readonly<Record<EntryRefusal, Cause>> = {
  unknownNumber: 'destNotObtainable',
  wrongPin: 'unauthorized',
  lockedOut: 'unauthorized',
  closed: 'callRejected',
  full: 'conferenceFull',
  locked: 'locked',
  unavailable: 'resourcesNotAvailable',
};

/** Whoever asks for a conference was not let in, and may ask again: told in the access call, which stays as it is. */
export const refuseEntryTable: StateTable<RefuseEntry> = {
  null: noConnection,
  initiatedIncoming: ignore,
  initiatedOutgoing: ignore,
  alerting: ignore,
  connected: byKind({ call: ignore, access: go('connected', tell), conference: ignore }),
  hold: byKind({ call: ignore, access: go('hold', tell), conference: ignore }),
  fail: ignore,
};

export const refuseEntry = onOneCall((draft, request: RefuseEntry): void => {
  apply(refuseEntryTable, draft, draft.call(request.callId), request.connectionId, request);
});

function tell(draft: Draft, call: Call, connection: Connection, request: RefuseEntry): void {
  const { why, conference, until } = request;
  draft.emit(call.id, 'entryRefused', connection.id, causes[why], {
    why,
    conference,
    ...(until === null ? {} : { until }),
  });
}
