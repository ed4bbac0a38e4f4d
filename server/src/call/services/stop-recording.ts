import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import { endRecording } from '../step/recording.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { StopRecording } from './requests.ts';
import { onOneCall } from './service.ts';

/** StopRecording. Call: call, conference → recorded no more; not recorded → nothing. */
export const stopRecordingTable: CallTable<StopRecording, void> = {
  none: noCall,
  call: onCall(stop),
  access: refuseCall('invalidState', 'What is said on the way to a conference is not recorded.'),
  conference: onCall(stop),
};

export const stopRecording = onOneCall((draft, request: StopRecording): void => {
  applyCall(stopRecordingTable, draft, request.callId, request);
});

function stop(draft: Draft, call: Call): void {
  if (call.recordingId !== null && call.conference?.record === 'always') {
    throw new AppError('forbidden', 'This conference is always recorded.', { callId: call.id });
  }
  endRecording(draft, call, 'normal');
}
