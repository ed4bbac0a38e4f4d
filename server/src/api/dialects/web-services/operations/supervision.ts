import { changeRole } from '../../../../call/services/change-role.ts';
import { setMute } from '../../../../call/services/set-mute.ts';
import { supervisedBy } from '../seat.ts';
import { type CallAction, notNow, refOf } from './call-action.ts';

/* What a supervisor does in the call of an agent. */

/** Takes part like anybody. */
export const switchToBargeIn = ({ deps, seat }: CallAction) =>
  deps.runtime.do(changeRole, { ...refOf(seat), mode: 'barge' });

/** Listens unheard, whether it took part or coached before. */
export const switchToListenIn = ({ deps, seat }: CallAction) =>
  deps.runtime.do(changeRole, { ...refOf(seat), mode: 'listen' });

export const muteMonitored = (action: CallAction) => setMonitored(action, true);

export const unmuteMonitored = (action: CallAction) => setMonitored(action, false);

async function setMonitored({ deps, seat }: CallAction, muted: boolean): Promise<void> {
  const agent = supervisedBy(seat);
  if (agent === null) throw notNow('Who is monitored is not in the call any more.');
  await deps.runtime.do(setMute, { callId: seat.call.id, connectionId: agent.id, muted });
}
