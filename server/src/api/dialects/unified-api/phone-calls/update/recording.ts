import { AppError } from '../../../../../base/app-error.ts';
import { startRecording as startService } from '../../../../../call/services/start-recording.ts';
import { stopRecording as stopService } from '../../../../../call/services/stop-recording.ts';
import { unifiedApiError } from '../../errors.ts';
import { readText } from '../payload.ts';
import { type Action, checkWholeCall, viewedConnection } from './action.ts';

/**
 * StartRecording. `format` may be `wav` or `wav49`; what is written is always `wav`. Of a conference the whole is
 * recorded.
 */
export async function startRecording(action: Action): Promise<null> {
  const format = readText(action.given['format'], 'pc_format_invalid') ?? 'wav';
  if (format !== 'wav' && format !== 'wav49') throw unifiedApiError('pc_format_invalid');
  checkView(action);
  await action.deps.runtime.do(startService, { callId: action.live.call.id }).catch(tellKey(action, 'never'));
  return null;
}

/** StopRecording. */
export async function stopRecording(action: Action): Promise<null> {
  checkView(action);
  await action.deps.runtime.do(stopService, { callId: action.live.call.id }).catch(tellKey(action, 'always'));
  return null;
}

/** What a conference's settings forbid is told with the key to change. */
function tellKey({ live }: Action, record: 'never' | 'always') {
  return (error: unknown): never => {
    const { conference } = live.call;
    if (!(error instanceof AppError) || error.code !== 'forbidden' || conference === null) throw error;
    const which = `conference ${conference.number} of extension ${conference.extensionNumber}`;
    const what = record === 'never' ? 'may not be recorded' : 'is always recorded';
    const key = `in the configuration, ${which} has the key record: ${record}; record: choice would allow it`;
    throw unifiedApiError('pc_recording_invalid', `This phone call ${what}: ${key}.`);
  };
}

/** All of a call is recorded, whichever view is named; but one that is not there is a mistake. */
function checkView(action: Action): void {
  checkWholeCall(action);
  if (action.given['phoneCallViewId'] !== undefined) viewedConnection(action);
}
