import { pauseRecording } from '../../../../call/services/pause-recording.ts';
import { startRecording } from '../../../../call/services/start-recording.ts';
import { stopRecording } from '../../../../call/services/stop-recording.ts';
import type { CallAction } from './call-action.ts';

export const start = ({ deps, seat }: CallAction) => deps.runtime.do(startRecording, { callId: seat.call.id });

export const pause = ({ deps, seat }: CallAction) =>
  deps.runtime.do(pauseRecording, { callId: seat.call.id, paused: true });

export const resume = ({ deps, seat }: CallAction) =>
  deps.runtime.do(pauseRecording, { callId: seat.call.id, paused: false });

export const stop = ({ deps, seat }: CallAction) => deps.runtime.do(stopRecording, { callId: seat.call.id });
