import { shownName } from '../../../../call/model/device.ts';
import { alternateCall } from '../../../../call/services/alternate-call.ts';
import { answerCall } from '../../../../call/services/answer-call.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { generateDigits } from '../../../../call/services/generate-digits.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { rejectCall } from '../../../../call/services/reject-call.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { setMute } from '../../../../call/services/set-mute.ts';
import { capabilitiesOf } from '../capabilities.ts';
import { activeBeside } from '../pairs.ts';
import { stateOf } from '../seat.ts';
import { type CallAction, refOf } from './call-action.ts';
import { invalid, readText } from './parameters.ts';

/* What is about one call and one's own place in it. */

export const answer = ({ deps, seat }: CallAction) => deps.runtime.do(answerCall, refOf(seat));

/** One that is called by somebody else and rings rejects; every other hangs up. */
export const hangup = (action: CallAction) =>
  stateOf(action.seat) === 'Ringing' && capabilitiesOf(action.seat).includes('Reject')
    ? reject(action)
    : action.deps.runtime.do(clearConnection, { ...refOf(action.seat), cause: 'normal' });

/** As if its user had refused: whoever rings together with it rings on. */
export const reject = ({ deps, seat }: CallAction) => deps.runtime.do(rejectCall, refOf(seat));

/** It ends for everybody. */
export const clear = ({ deps, seat: { call, connection } }: CallAction) =>
  deps.runtime.do(clearCall, { callId: call.id, by: shownName(connection.device) });

export const hold = ({ deps, seat }: CallAction) => deps.runtime.do(holdCall, refOf(seat));

/** What the phone dials meanwhile is put on hold, and rings on. */
export const retrieve = ({ deps, seat }: CallAction) => {
  const active = activeBeside(seat);
  if (active === null) return deps.runtime.do(retrieveCall, refOf(seat));
  return deps.runtime.do(alternateCall, { active: refOf(active), held: refOf(seat) });
};

export const mute = ({ deps, seat }: CallAction) => deps.runtime.do(setMute, { ...refOf(seat), muted: true });

export const unmute = ({ deps, seat }: CallAction) => deps.runtime.do(setMute, { ...refOf(seat), muted: false });

export async function sendDtmf({ deps, seat, parameters }: CallAction): Promise<void> {
  const digits = readText(parameters, 'digits').toUpperCase();
  if (!/^[0-9*#A-D]{1,64}$/.test(digits)) throw invalid('digits', '1 to 64 of 0-9, *, #, A-D');
  await deps.runtime.do(generateDigits, { ...refOf(seat), digits });
}
