import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { ConferencePolicy } from '../model/conference-policy.ts';
import type { Connection, ConnectionSeed } from '../model/connection.ts';
import { checkAdmission, checkSize, welcome } from '../step/arrival.ts';
import { depart } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { moveLeg } from '../step/move-leg.ts';
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
} from '../step/state-table.ts';
import { heldBy, otherCallsOf } from './held-by.ts';
import type { EnterConference } from './requests.ts';
import type { Service, Surroundings } from './service.ts';

/** `callId`, `connectionId`: the conference's call and the connection to be. */
interface Input extends CallRef {
  readonly request: EnterConference;
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

/** Gives the connection in the conference. */
export const enterConference: Service<EnterConference, CallRef, Entering> = {
  opens: ({ comesIn }) => comesIn,
  prepare: (request, { newId, legs }) => ({
    request,
    connectionId: newId(),
    comesIn: legs(request.legId) === null,
  }),
  // If the conference ends while this waits, it opens again under another id.
  calls({ request, comesIn }, around) {
    const { conferenceCall, legs } = around;
    const callId = conferenceCall(request.policy.conferenceId);
    if (comesIn && request.device !== undefined) return [callId, ...otherCallsOf(request.device, around)];
    const refs = comesIn ? [] : (legs(request.legId)?.refs ?? []);
    return [callId, ...refs.map((ref) => ref.callId)];
  },
  receives({ request, connectionId, comesIn }, { conferenceCall }) {
    const { legId, policy } = request;
    return comesIn ? { legId, ref: { callId: conferenceCall(policy.conferenceId), connectionId } } : null;
  },
  step(draft, { request, connectionId, comesIn }, around) {
    const { conferenceCall } = around;
    const ref = { callId: conferenceCall(request.policy.conferenceId), connectionId };
    const access = comesIn ? null : (draft.leg(request.legId)?.active ?? null);
    if (access === null) comeIn(draft, { ...ref, request }, around);
    else apply(handOverTable, draft, draft.call(access.callId), access.connectionId, { ...ref, request });
    return ref;
  },
};

/** `comesIn`: as a new leg, out of no access call. */
interface Entering {
  readonly request: EnterConference;
  readonly connectionId: string;
  readonly comesIn: boolean;
}

/** Whoever has put its only call on hold for it consults the conference. */
function comeIn(draft: Draft, input: Input, around: Pick<Surroundings, 'callsOf'>): void {
  const { request, connectionId } = input;
  const { legId, device, role } = request;
  if (device === undefined) throw new AppError('invalidState', 'This leg is in no call.', { legId });
  const held = heldBy(draft, device, otherCallsOf(device, around));
  const parent = held === null || held.id === input.callId ? {} : { parent: held.knownAs ?? held.id };
  const seed: ConnectionSeed = { id: connectionId, legId, device, direction: 'incoming', role, ...parent };
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
  const { callId, request } = input;
  const moved = moveLeg(draft, access.id, connection, input, 'conference');
  const data = { ...access.data, ...connection.data };
  const charged = connection.charged ?? access.charged;
  const correlator = connection.correlator ?? access.correlator;
  // Whoever has put a call on hold to ask the conference is asked for its PIN first, and consults it all the same.
  const parent = connection.parent ?? access.parent;
  const seed: ConnectionSeed = {
    ...moved,
    role: request.role,
    data,
    charged,
    ...(correlator === null ? {} : { correlator }),
    ...(parent === null || parent === callId ? {} : { parent }),
  };
  applyCall(enterTable, draft, callId, { ...input, seed });
  depart(draft, draft.call(access.id), connection, 'conference');
}

function enter(draft: Draft, call: Call, input: Input & { readonly seed: ConnectionSeed }): void {
  if (input.request.invited === true) checkSize(call, 1);
  else checkAdmission(call, input.request.role);
  const after = draft.emit(call.id, 'established', input.connectionId, 'joined', { connection: input.seed });
  welcome(draft, after, input.connectionId);
}
