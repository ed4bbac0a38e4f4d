import { attachData } from '../step/attach-data.ts';
import { applyCall, type CallTable, noCall, onCall } from '../step/state-table.ts';
import type { AssociateData } from './requests.ts';
import { onOneCall } from './service.ts';

/** AssociateData: attached to the call, or to one connection in whatever state. What is so already makes no event. */
export const associateDataTable: CallTable<AssociateData, void> = {
  none: noCall,
  call: onCall(attachData),
  access: onCall(attachData),
  conference: onCall(attachData),
};

export const associateData = onOneCall((draft, request: AssociateData): void => {
  applyCall(associateDataTable, draft, request.callId, request);
});
