import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { depart } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, type StateTable } from '../step/state-table.ts';
import type { ClearConnection } from './requests.ts';
import { endingLegs } from './service.ts';

/** ClearConnection: every state → null. Unanswered legs are refused or cancelled, answered ones hung up. */
export const clearConnectionTable: StateTable<ClearConnection> = {
  null: noConnection,
  initiatedIncoming: go('null', clear),
  initiatedOutgoing: go('null', clear),
  alerting: go('null', clear),
  connected: go('null', clear),
  hold: go('null', clear),
  fail: go('null', clear),
};

export const clearConnection = endingLegs((draft, request: ClearConnection): void => {
  apply(clearConnectionTable, draft, draft.call(request.callId), request.connectionId, request);
});

function clear(draft: Draft, call: Call, connection: Connection, request: ClearConnection): void {
  depart(draft, call, connection, request.cause ?? 'normal');
}
