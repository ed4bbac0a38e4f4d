import { AppError } from '../../base/app-error.ts';
import { checkRoom, dialInto } from '../arrival.ts';
import type { Call } from '../call.ts';
import type { Draft } from '../draft.ts';
import type { JoinCall } from '../requests.ts';
import { dialsIntoCall } from '../service.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../state-table.ts';

/** Those who listen to one call or coach in it. */
const mostSupervisors = 16;

/**
 * JoinCall: a device is dialled into a call of others, to listen unheard, to be heard by one of them, or to take part.
 * Call: call, conference → one more dialled. Supervisors find room in a full or locked conference.
 */
export const joinCallTable: CallTable<JoinCall, string> = {
  none: noCall,
  call: onCall(join),
  access: refuseCall('invalidState', 'This caller is not in a conference yet.'),
  conference: onCall(join),
};

/** Gives the connection of the device that is dialled. */
export const joinCall = dialsIntoCall((draft, request: JoinCall) =>
  applyCall(joinCallTable, draft, request.callId, request),
);

function join(draft: Draft, call: Call, request: JoinCall): string {
  const { mode, coached, deaf = false, data = {} } = request;
  if ((mode === 'coach') !== (coached !== undefined)) {
    throw new AppError('invalidArgument', 'Only a coach has somebody to coach, and needs one.');
  }
  if (call.answered === 0) throw new AppError('invalidState', 'Nobody has answered this call yet.');
  if (mode === 'barge') {
    checkRoom(call, 'participant');
    return dialInto(draft, call.id, 'participant', request, { deaf, data });
  }
  if (call.supervisors.length >= mostSupervisors) {
    throw new AppError('conferenceFull', 'The call takes no more supervisors.', { callId: call.id });
  }
  if (coached === undefined) return dialInto(draft, call.id, 'supervisor', request, { muted: true, deaf, data });
  const { role, answeredAt } = draft.connection(call.id, coached);
  if (role === 'supervisor' || answeredAt === null) {
    throw new AppError('invalidState', 'Only somebody who has answered can be coached.', { connectionId: coached });
  }
  return dialInto(draft, call.id, 'supervisor', request, { coach: coached, deaf, data });
}
