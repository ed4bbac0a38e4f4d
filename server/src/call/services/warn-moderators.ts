import type { Call } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { WarnModerators } from './requests.ts';
import { onOneCall } from './service.ts';

const noConference = refuseCall('invalidState', 'Only a conference has PINs.');

/** PINs of a running conference are being guessed: an event of its call, and its moderators hear it. */
export const warnModeratorsTable: CallTable<WarnModerators, void> = {
  none: noCall,
  call: noConference,
  access: noConference,
  conference: onCall(warn),
};

export const warnModerators = onOneCall((draft, request: WarnModerators): void => {
  applyCall(warnModeratorsTable, draft, request.callId, request);
});

function warn(draft: Draft, call: Call, { failures, until }: WarnModerators): void {
  draft.emit(call.id, 'pinsGuessed', null, 'unauthorized', { failures, ...(until === null ? {} : { until }) });
  for (const { role, state, legId } of call.connections.values()) {
    if (role !== 'moderator' || state !== 'connected') continue;
    draft.effect('after', { do: 'announce', target: { legId }, items: [{ say: 'pins-guessed' }] });
  }
}
