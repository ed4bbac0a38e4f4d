import type { Connection } from '../../../../../call/model/connection.ts';
import { parkCall } from '../../../../../call/services/park-call.ts';
import type { ParkCall } from '../../../../../call/services/requests.ts';
import { unparkCall } from '../../../../../call/services/unpark-call.ts';
import { reach } from '../../../../reach.ts';
import { unifiedApiError } from '../../errors.ts';
import { partiesOf } from '../live.ts';
import { readSeconds } from '../seconds.ts';
import {
  type Action,
  actingExtension,
  readActionCallerId,
  readActionWait,
  readDial,
  readPublicCallerId,
  readSendCallTo,
  viewedConnection,
} from './action.ts';

/** How long a party may be parked, s. */
const usualParking = 180;
const leastParking = 10;
const mostParking = 3600;

/** Park: the party of the view leaves, the other waits with music; after `maxInParking` who left is called back. */
export async function park(action: Action): Promise<null> {
  const { live, deps, given } = action;
  const seconds = readSeconds(given['maxInParking'], 'pc_parking_invalid') ?? usualParking;
  if (seconds < leastParking || seconds > mostParking) throw unifiedApiError('pc_parking_invalid');
  if (live.connection !== null) {
    throw unifiedApiError('pc_state_invalid', 'Somebody in a conference, or on the way to one, cannot be parked.');
  }
  const parker = viewedConnection(action);
  await deps.runtime.do(parkCall, {
    callId: live.call.id,
    connectionId: parker.id,
    maxMs: Math.round(seconds * 1000),
    returnTo: wayBack(action, parker),
  });
  return null;
}

/** Where who parks is dialled again: the phone of an extension, or a public number over the dial plan. */
function wayBack(action: Action, parker: Connection): ParkCall['returnTo'] {
  const { live, deps } = action;
  const { device } = parker;
  const timeoutMs = readActionWait(action);
  if (device.kind === 'external') {
    const callerId = readPublicCallerId(action);
    const found = reach(deps.directory, actingExtension(action), device.number);
    // A stranger may call himself by the number of one of our phones, which is not where he is.
    if (found?.isPublic === true) return { device, target: found.target, callerId, timeoutMs };
  }
  const parked = partiesOf(live.call).find((one) => one !== parker) ?? null;
  const callerId = readActionCallerId(action, parked);
  const aor = device.kind === 'extension' ? deps.directory.extensionById(device.extensionId)?.aor : null;
  if (aor === null || aor === undefined) {
    throw unifiedApiError('pc_state_invalid', 'Who parks this phone call could not be called back.');
  }
  return { device, target: { kind: 'terminal', aor }, callerId, timeoutMs };
}

/** UnPark: a phone is called; once it answers, it has the parked party. */
export async function unPark(action: Action): Promise<null> {
  const { live, deps } = action;
  const phone = readSendCallTo(action, 'terminal');
  const callerId = readActionCallerId(action, partiesOf(live.call)[0] ?? null);
  const dial = readDial(action, phone, callerId);
  await deps.runtime.do(unparkCall, { ...dial, callId: live.call.id });
  return null;
}
