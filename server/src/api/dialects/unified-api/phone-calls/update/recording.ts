import { startRecording as startService } from '../../../../../call/services/start-recording.ts';
import { stopRecording as stopService } from '../../../../../call/services/stop-recording.ts';
import { unifiedApiError } from '../../errors.ts';
import { readText } from '../payload.ts';
import { type Action, checkWholeCall, viewedConnection } from './action.ts';

/** StartRecording. `format` may be `wav` or `wav49`; what is written is always `wav`. Of a conference the whole is recorded. */
export async function startRecording(action: Action): Promise<null> {
  const format = readText(action.given['format'], 'pc_format_invalid') ?? 'wav';
  if (format !== 'wav' && format !== 'wav49') throw unifiedApiError('pc_format_invalid');
  checkView(action);
  await action.deps.runtime.do(startService, { callId: action.live.call.id });
  return null;
}

/** StopRecording. */
export async function stopRecording(action: Action): Promise<null> {
  checkView(action);
  await action.deps.runtime.do(stopService, { callId: action.live.call.id });
  return null;
}

/** All of a call is recorded, whichever view is named; but one that is not there is a mistake. */
function checkView(action: Action): void {
  checkWholeCall(action);
  if (action.given['phoneCallViewId'] !== undefined) viewedConnection(action);
}
