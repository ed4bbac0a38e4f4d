import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { firstData } from '../step/attach-data.ts';
import type { Draft } from '../step/draft.ts';
import { apply, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { beginAtLeg } from './begin-at-leg.ts';
import type { ConsultationCall } from './requests.ts';
import { callsAtLeg, type Service } from './service.ts';

/** `callId`, `connectionId`: the call to be, and who consults in it. */
interface Input extends CallRef {
  readonly request: ConsultationCall;
}

const notAnswered = refuse('A consultation call can be made only from an answered call.');
const notInside = refuse('This caller is not in a conference yet.');
const from = byKind<Input>({ call: go('hold', consult), access: notInside, conference: go('hold', consult) });

/**
 * ConsultationCall, of the connection that consults: connected, hold → hold, its leg in a new call in which another
 * device is dialled. However that ends, the first call stays on hold until it is retrieved, or ends itself.
 */
export const consultationCallTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: from,
  hold: from,
  fail: notAnswered,
};

/** Gives the connection of the one who consults, in the new call. */
export const consultationCall: Service<ConsultationCall, CallRef, Input> = {
  opens: () => true,
  prepare: (request, { newId }) => ({ request, callId: request.consultId ?? newId(), connectionId: newId() }),
  calls: ({ request, callId }, { legs }) => [request.callId, callId, ...callsAtLeg(request, legs)],
  dials: ({ request }) => request.legId,
  step(draft, input) {
    const { request, callId, connectionId } = input;
    apply(consultationCallTable, draft, draft.call(request.callId), request.connectionId, input);
    return { callId, connectionId };
  },
};

/** Whatever its leg serves meanwhile is held, be it this call or another consultation. */
function consult(draft: Draft, call: Call, connection: Connection, input: Input): void {
  const { request, callId, connectionId } = input;
  const charged = request.charged ?? connection.charged;
  beginAtLeg(draft, {
    callId,
    connectionId,
    from: connection,
    call: {
      organizationId: call.organizationId,
      parent: call.id,
      data: firstData(request.data),
      ...(charged === null ? {} : { charged }),
    },
    dial: request,
  });
}
