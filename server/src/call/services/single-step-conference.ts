import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import { checkRoom, dialInto } from '../step/arrival.ts';
import { attachData } from '../step/attach-data.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, goCall, onCall, refuseCall } from '../step/state-table.ts';
import { openConference } from './enter-conference.ts';
import type { SingleStepConference } from './requests.ts';
import { callsAtLeg, type Service, type Surroundings } from './service.ts';

interface Input {
  readonly callId: string;
  readonly request: SingleStepConference;
}

/**
 * SingleStepConference. Call: none → opened when it is a scheduled conference's; call, conference → one more dialled.
 */
export const singleStepConferenceTable: CallTable<Input, string> = {
  none: goCall((draft, _call, input) => {
    const { into } = input.request;
    if (!('policy' in into)) {
      throw callError('callNotFound', 'There is no such call.', { callId: input.callId });
    }
    // Its first event names no connection: the one to come has an event of its own.
    return dial(draft, openConference(draft, input.callId, into.policy, null), input);
  }),
  call: onCall((draft, call, input) => {
    if (call.answered === 0) throw new AppError('invalidState', 'Nobody has answered this call yet.');
    return dial(draft, call, input);
  }),
  access: refuseCall('invalidState', 'This caller is not in a conference yet.'),
  conference: onCall(dial),
};

/** Gives the connection of the device that is dialled. */
export const singleStepConference: Service<SingleStepConference, CallRef> = {
  opens: () => true,
  calls: (request, around) => [callOf(request, around), ...callsAtLeg(request, around.legs)],
  dials: ({ legId }) => legId,
  step(draft, request, around) {
    const callId = callOf(request, around);
    return { callId, connectionId: applyCall(singleStepConferenceTable, draft, callId, { callId, request }) };
  },
};

function callOf({ into }: SingleStepConference, { conferenceCall }: Surroundings): string {
  return 'callId' in into ? into.callId : conferenceCall(into.policy.conferenceId);
}

function dial(draft: Draft, call: Call, { request }: Input): string {
  checkRoom(call, request.role);
  if (request.attached !== undefined) attachData(draft, call, { set: request.attached });
  const { legId, data, by, charged = null, correlator = null } = request;
  return dialInto(draft, call.id, request.role, request, {
    ...(legId === undefined ? {} : { legId }),
    ...(data === undefined ? {} : { data }),
    ...(by === undefined ? {} : { invitedBy: by }),
    ...(charged === null ? {} : { charged }),
    ...(correlator === null ? {} : { correlator }),
  });
}
