import type { SdkPromise } from '../promise.ts';
import { CallError, CallStates } from './call-enums.ts';
import { rejected } from './call-refusals.ts';
import { isLive } from './call-states.ts';

/** Why a key cannot be pressed in a call of this state; null: it can. */
export function refusedTone(dtmf: unknown, state: string): SdkPromise<never> | null {
  if (typeof dtmf !== 'string' || !/^[0-9*#A-D]$/.test(dtmf)) {
    return rejected(CallError.INVALID_PARAMETER, 'A tone is one of 0-9, *, #, A-D.');
  }
  // Who is called may be heard, and hear, before the answer.
  if (isLive(state) || state === CallStates.REMOTE_ALERTING) return null;
  return rejected(CallError.CALL_STATE_MISMATCH, 'There is no call to press keys in.');
}
