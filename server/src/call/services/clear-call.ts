import type { Call } from '../model/call.ts';
import { endCall } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall } from '../step/state-table.ts';
import type { ClearCall } from './requests.ts';
import { endingLegs } from './service.ts';

/** ClearCall: every kind of call ends, all its connections with it. */
export const clearCallTable: CallTable<ClearCall, void> = {
  none: noCall,
  call: onCall(end),
  access: onCall(end),
  conference: onCall(end),
};

export const clearCall = endingLegs((draft, request: ClearCall): void => {
  applyCall(clearCallTable, draft, request.callId, request);
});

function end(draft: Draft, call: Call, request: ClearCall): void {
  endCall(draft, call, request.cause ?? 'normal', undefined, request.by);
}
