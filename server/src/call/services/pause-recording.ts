import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { PauseRecording } from './requests.ts';
import { onOneCall } from './service.ts';

/**
 * PauseRecording. Call: call, conference → what is said is left out of the recording, or taken down again; already so →
 * nothing.
 */
export const pauseRecordingTable: CallTable<PauseRecording, void> = {
  none: noCall,
  call: onCall(pause),
  access: refuseCall('invalidState', 'What is said on the way to a conference is not recorded.'),
  conference: onCall(pause),
};

export const pauseRecording = onOneCall((draft, request: PauseRecording): void => {
  applyCall(pauseRecordingTable, draft, request.callId, request);
});

function pause(draft: Draft, call: Call, { paused }: PauseRecording): void {
  const details = { callId: call.id };
  if (call.recordingId === null) throw new AppError('invalidState', 'This call is not recorded.', details);
  if (paused && call.conference?.record === 'always') {
    throw new AppError('forbidden', 'This conference is always recorded.', details);
  }
  if (call.recordingPaused !== paused) {
    draft.emit(call.id, 'dataChanged', null, 'normal', { recordingPaused: paused });
  }
}
