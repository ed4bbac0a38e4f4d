import type { Call } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { SetLocked } from './requests.ts';
import { onOneCall } from './service.ts';

const noConference = refuseCall('invalidState', 'Only a conference can be locked.');

/** Call: conference → takes nobody more but moderators, or again everybody; already so → nothing. */
const setLockedTable: CallTable<SetLocked, void> = {
  none: noCall,
  call: noConference,
  access: noConference,
  conference: onCall(lock),
};

export const setLocked = onOneCall((draft, request: SetLocked): void => {
  applyCall(setLockedTable, draft, request.callId, request);
});

function lock(draft: Draft, call: Call, { locked }: SetLocked): void {
  if (call.locked !== locked) draft.emit(call.id, 'dataChanged', null, 'normal', { locked });
}
