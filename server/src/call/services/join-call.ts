import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { checkRoom, checkSupervision, dialInto } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { JoinCall } from './requests.ts';
import { dialsIntoCall } from './service.ts';

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
  const { mode, coached, deaf = false, data = {}, supervises } = request;
  const coming = { deaf, data, ...(supervises === undefined ? {} : { supervises }) };
  if (call.answered === 0) throw new AppError('invalidState', 'Nobody has answered this call yet.');
  if (mode === 'barge') {
    if (coached !== undefined) throw new AppError('invalidArgument', 'Only mode coach takes a party to coach.');
    checkRoom(call, 'participant');
    return dialInto(draft, call.id, 'participant', request, coming);
  }
  checkSupervision(draft, call, mode, coached);
  if (coached === undefined) return dialInto(draft, call.id, 'supervisor', request, { muted: true, ...coming });
  return dialInto(draft, call.id, 'supervisor', request, { coach: coached, ...coming });
}
