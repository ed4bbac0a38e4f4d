import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import { beginRecording, endRecording } from '../step/recording.ts';
import { applyCall, type CallTable, noCall, onCall, refuseCall } from '../step/state-table.ts';
import type { StartRecording } from './requests.ts';
import { onOneCall } from './service.ts';

/**
 * StartRecording. Call: call, conference → recorded from the moment when somebody can be heard; recorded already → that
 * recording.
 */
export const startRecordingTable: CallTable<StartRecording, string> = {
  none: noCall,
  call: onCall(start),
  access: refuseCall('invalidState', 'What is said on the way to a conference is not recorded.'),
  conference: onCall(start),
};

/**
 * Gives the recording's id; of a call that is recorded already, of that recording. One that has failed is none, also
 * while that cannot be stored: it is ended with this, or this is refused as all changes are then.
 */
export const startRecording = onOneCall((draft, request: StartRecording, around): { readonly recordingId: string } => {
  const { callId } = request;
  const call = draft.find(callId);
  if (call !== null && call.recordingId !== null && around.isRecordingLost(call.recordingId)) {
    endRecording(draft, call, 'mediaFailure');
  }
  return { recordingId: applyCall(startRecordingTable, draft, callId, request) };
});

function start(draft: Draft, call: Call, { tone, label }: StartRecording): string {
  if (call.recordingId !== null) {
    if (label !== undefined) draft.emit(call.id, 'dataChanged', null, 'normal', { recordingLabel: label });
    return call.recordingId;
  }
  if (call.conference?.record === 'never') {
    throw new AppError('forbidden', 'This conference is never recorded.', { callId: call.id });
  }
  return beginRecording(draft, call, tone ?? call.conference?.recordTone ?? false, label);
}
