import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import { dialInto } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { UnparkCall } from './requests.ts';
import { dialsIntoCall } from './service.ts';

/** Phones on their way to one parked party. */
const mostAtOnce = 16;
const notParked = refuseCall('invalidState', 'This call is not parked.');

/**
 * UnparkCall: a device is dialled to fetch a parked party; of several the first to answer has it. Call: call → one more
 * dialled.
 */
export const unparkCallTable: CallTable<UnparkCall, string> = {
  none: noCall,
  call: onCall(fetch),
  access: notParked,
  conference: notParked,
};

/** Gives the connection of the device that is dialled. Unparked once it answers. */
export const unparkCall = dialsIntoCall((draft, request: UnparkCall) =>
  applyCall(unparkCallTable, draft, request.callId, request),
);

function fetch(draft: Draft, call: Call, request: UnparkCall): string {
  if (call.parked === null) throw new AppError('invalidState', 'This call is not parked.', { callId: call.id });
  if (call.connections.size > mostAtOnce) {
    throw callError('conferenceFull', 'Too many phones ring for this call.', { callId: call.id });
  }
  return dialInto(draft, call.id, 'participant', request, { hunt: call.parked.hunt });
}
