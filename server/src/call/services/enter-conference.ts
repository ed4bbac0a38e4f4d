import { AppError } from '../../base/app-error.ts';
import { checkAdmission, welcome } from '../arrival.ts';
import type { Call, CallRef } from '../call.ts';
import type { ConferencePolicy } from '../conference-policy.ts';
import type { Connection, ConnectionSeed } from '../connection.ts';
import { depart } from '../departure.ts';
import type { Draft } from '../draft.ts';
import type { EnterConference } from '../requests.ts';
import {
  apply,
  applyCall,
  byKind,
  type CallTable,
  go,
  goCall,
  noConnection,
  onCall,
  refuse,
  refuseCall,
  type StateTable,
} from '../state-table.ts';

/** `callId`, `connectionId`: the conference's call and the connection to be. `access`: where the leg is now. */
interface Input extends CallRef {
  readonly request: EnterConference;
  readonly access: CallRef | null;
}

const notThere = refuse('Only an answered caller on the way to a conference can enter one.');

/** The leg's present connection, in the access call: connected, hold → null, its leg handed over; all else refused. */
export const handOverTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: notThere,
  initiatedOutgoing: notThere,
  alerting: notThere,
  connected: byKind({ call: notThere, access: go('null', handOver), conference: notThere }),
  hold: byKind({ call: notThere, access: go('null', handOver), conference: notThere }),
  fail: notThere,
};

const noConference = refuseCall('invalidState', 'This call is no conference.');

/** The conference's call: none → opened, entered; conference → entered. */
export const enterTable: CallTable<Input & { readonly seed: ConnectionSeed }, void> = {
  none: goCall((draft, _call, input) => {
    const call = openConference(draft, input.callId, input.request.policy, input.connectionId);
    enter(draft, call, input);
  }),
  call: noConference,
  access: noConference,
  conference: onCall(enter),
};

export function enterConference(draft: Draft, input: Input): void {
  const { request, access, connectionId } = input;
  if (access !== null) {
    apply(handOverTable, draft, draft.call(access.callId), access.connectionId, input);
    return;
  }
  if (request.device === undefined) {
    throw new AppError('invalidState', 'This leg is in no call.', { legId: request.legId });
  }
  const { legId, device, role } = request;
  const seed: ConnectionSeed = { id: connectionId, legId, device, direction: 'incoming', role };
  draft.effect('signal', { do: 'answer', legId });
  applyCall(enterTable, draft, input.callId, { ...input, seed });
}

/** originated, with nobody in it yet. */
export function openConference(
  draft: Draft,
  callId: string,
  policy: ConferencePolicy,
  connectionId: string | null,
): Call {
  return draft.emit(callId, 'originated', connectionId, 'newCall', {
    call: {
      organizationId: policy.organizationId,
      kind: 'conference',
      conference: policy,
      from: null,
      to: null,
      parent: null,
      data: {},
      destination: null,
    },
    connections: [],
  });
}

function handOver(draft: Draft, access: Call, connection: Connection, input: Input): void {
  const { callId, connectionId, request } = input;
  const { device, direction, legId, state, shown } = connection;
  const after = draft.emit(access.id, 'transferred', connection.id, 'conference', {
    toCall: callId,
    toConnection: connectionId,
  });
  const data = { ...access.data, ...connection.data };
  const charged = connection.charged ?? access.charged;
  const seed: ConnectionSeed = {
    id: connectionId,
    legId,
    device,
    direction,
    role: request.role,
    state,
    shown,
    data,
    ...(charged === null ? {} : { charged }),
  };
  applyCall(enterTable, draft, callId, { ...input, seed });
  // The record names the leg that it had.
  depart(draft, after, connection, 'conference', 'gone');
}

function enter(draft: Draft, call: Call, input: Input & { readonly seed: ConnectionSeed }): void {
  checkAdmission(call, input.request.role);
  const after = draft.emit(call.id, 'established', input.connectionId, 'joined', { connection: input.seed });
  welcome(draft, after, input.connectionId);
}
