import { holdCall } from '../../../../../call/services/hold-call.ts';
import { retrieveCall } from '../../../../../call/services/retrieve-call.ts';
import { type Action, viewedConnection } from './action.ts';

/** OnHold: the view's phone no longer hears the other, who hears music. */
export async function onHold(action: Action): Promise<null> {
  await action.deps.runtime.do(holdCall, { callId: action.live.call.id, connectionId: viewedConnection(action).id });
  return null;
}

/** OffHold: goes on where OnHold stopped. */
export async function offHold(action: Action): Promise<null> {
  await action.deps.runtime.do(retrieveCall, {
    callId: action.live.call.id,
    connectionId: viewedConnection(action).id,
  });
  return null;
}
