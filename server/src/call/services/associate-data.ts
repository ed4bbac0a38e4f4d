import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { type CallData, callDataLimits, fitsCallData } from '../model/call-data.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall } from '../step/state-table.ts';
import type { AssociateData } from './requests.ts';
import { onOneCall } from './service.ts';

/** AssociateData: attached to the call, or to one connection in whatever state. What is so already makes no event. */
export const associateDataTable: CallTable<AssociateData, void> = {
  none: noCall,
  call: onCall(attach),
  access: onCall(attach),
  conference: onCall(attach),
};

export const associateData = onOneCall((draft, request: AssociateData): void => {
  applyCall(associateDataTable, draft, request.callId, request);
});

function attach(draft: Draft, call: Call, { connectionId, set = {}, removed = [] }: AssociateData): void {
  const before = connectionId === undefined ? call.data : draft.connection(call.id, connectionId).data;
  const given = plain(set);
  const changed = Object.entries(given).filter(([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value));
  const gone = removed.filter((key) => Object.hasOwn(before, key) && !Object.hasOwn(given, key));
  check({ ...before, ...given }, gone);
  if (changed.length + gone.length === 0) return;
  draft.emit(call.id, 'dataChanged', connectionId ?? null, 'normal', {
    ...(changed.length === 0 ? {} : { set: Object.fromEntries(changed) }),
    ...(gone.length === 0 ? {} : { removed: gone }),
  });
}

/** As it will be read from the log: what JSON can not say is the caller's mistake. */
function plain(set: CallData): CallData {
  try {
    return JSON.parse(JSON.stringify(set)) as CallData;
  } catch {
    throw new AppError('invalidArgument', 'Attached data must be JSON.');
  }
}

function check(after: CallData, gone: readonly string[]): void {
  const left = Object.entries(after).filter(([key]) => !gone.includes(key));
  if (fitsCallData(Object.fromEntries(left))) return;
  throw new AppError('invalidArgument', 'Too much data is attached.', callDataLimits);
}
