import type { Call, RecordingLabel } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { Draft } from './draft.ts';

/** A recording begins; gives its id. What is recorded follows from the state (see sound-plan.ts). */
export function beginRecording(draft: Draft, call: Call, tone: boolean, label?: RecordingLabel): string {
  const recordingId = draft.context.newId();
  draft.emit(call.id, 'recordingStarted', null, 'normal', {
    recordingId,
    tone,
    ...(label === undefined ? {} : { label }),
  });
  return recordingId;
}

/** The recording ends, if there is one. */
export function endRecording(draft: Draft, call: Call, cause: Cause): Call {
  if (call.recordingId === null) return call;
  return draft.emit(call.id, 'recordingStopped', null, cause, { recordingId: call.recordingId });
}
