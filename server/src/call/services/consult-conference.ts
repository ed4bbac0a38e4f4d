import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { attachData } from '../step/attach-data.ts';
import type { Draft } from '../step/draft.ts';
import { checkCallsOf, holdForAnother } from '../step/leg-turn.ts';
import { apply, applyCall, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { enterTable } from './enter-conference.ts';
import type { ConsultConference } from './requests.ts';
import { isSamePhone } from './same-phone.ts';
import type { Service } from './service.ts';

/** `callId`, `connectionId`: the conference's call, and who consults in it. */
interface Input extends CallRef {
  readonly request: ConsultConference;
}

const notAnswered = refuse('A conference can be consulted only from an answered call.');
const notInside = refuse('This caller is not in a conference yet.');
const from = byKind<Input>({ call: go('hold', consult), access: notInside, conference: go('hold', consult) });

/**
 * ConsultationCall, where those consulted are a conference: connected, hold → hold, the leg in the conference, which
 * opens if need be.
 */
const consultConferenceTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: from,
  hold: from,
  fail: notAnswered,
};

/** Gives the connection in the conference. */
export const consultConference: Service<
  ConsultConference,
  CallRef,
  { readonly request: ConsultConference; readonly connectionId: string }
> = {
  opens: () => true,
  prepare: (request, { newId }) => ({ request, connectionId: newId() }),
  calls: ({ request }, { conferenceCall }) => [request.callId, conferenceCall(request.policy.conferenceId)],
  step(draft, { request, connectionId }, { conferenceCall }) {
    const ref = { callId: conferenceCall(request.policy.conferenceId), connectionId };
    apply(consultConferenceTable, draft, draft.call(request.callId), request.connectionId, { ...ref, request });
    return ref;
  },
};

function consult(draft: Draft, call: Call, connection: Connection, { request, callId, connectionId }: Input): void {
  const { role, device, legId, target } = connection;
  if (role === 'supervisor') throw new AppError('invalidState', 'A supervisor cannot make a consultation call.');
  const there = [...(draft.find(callId)?.connections.values() ?? [])];
  if (there.some((one) => isSamePhone(one, connection))) {
    throw new AppError('conflict', 'This phone is in this conference already.', { callId });
  }
  checkCallsOf(draft, legId);
  holdForAnother(draft, legId);
  const seed = {
    id: connectionId,
    legId,
    device,
    direction: 'incoming',
    role: request.role,
    parent: connection.original?.callId ?? call.id,
    ...(target === null ? {} : { target }),
    ...(connection.charged === null ? {} : { charged: connection.charged }),
  } as const;
  applyCall(enterTable, draft, callId, { callId, connectionId, request: { ...request, legId }, seed });
  if (request.attached !== undefined) attachData(draft, draft.call(callId), { set: request.attached });
}
