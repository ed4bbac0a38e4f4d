import { joinCall } from '../../../../../call/services/join-call.ts';
import { pickUpCall } from '../../../../../call/services/pick-up-call.ts';
import type { JoinCall } from '../../../../../call/services/requests.ts';
import { partiesOf } from '../live.ts';
import { readFlag } from '../seconds.ts';
import {
  type Action,
  checkWholeCall,
  readActionCallerId,
  readDial,
  readSendCallTo,
  viewedConnection,
} from './action.ts';

/** PickUp: a phone rings together with the one of the view, which rings already; who answers first has the call. */
export async function pickUp(action: Action): Promise<null> {
  const { live, deps } = action;
  const phone = readSendCallTo(action, 'terminal');
  const ringing = viewedConnection(action);
  const caller = partiesOf(live.call).find((one) => one !== ringing) ?? null;
  const callerId = readActionCallerId(action, caller);
  const dial = readDial(action, phone, callerId);
  await deps.runtime.do(pickUpCall, { ...dial, callId: live.call.id, connectionId: ringing.id });
  return null;
}

/** BargeIn: a phone comes into the call and is heard by everybody. */
export function bargeIn(action: Action): Promise<null> {
  viewedConnection(action);
  return join(action, { mode: 'barge' });
}

/** Whisper: a phone comes into the call and is heard by the view's phone alone; `private`: without hearing the call. */
export function whisper(action: Action): Promise<null> {
  const deaf = readFlag(action.given['private'], 'pc_private_invalid') ?? false;
  return join(action, { mode: 'coach', coached: viewedConnection(action).id, deaf });
}

/** Monitor: a phone listens to the call, unheard. */
export function monitor(action: Action): Promise<null> {
  viewedConnection(action);
  return join(action, { mode: 'listen' });
}

async function join(action: Action, how: Pick<JoinCall, 'mode' | 'coached' | 'deaf'>): Promise<null> {
  const { live, deps } = action;
  checkWholeCall(action);
  const phone = readSendCallTo(action, 'terminal');
  const callerId = readActionCallerId(action, live.connection ?? partiesOf(live.call)[0] ?? null);
  const dial = readDial(action, phone, callerId);
  await deps.runtime.do(joinCall, { ...dial, ...how, callId: live.call.id });
  return null;
}
