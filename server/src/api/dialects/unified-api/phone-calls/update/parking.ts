import { unifiedApiError } from '../../errors.ts';
import { partiesOf } from '../live.ts';
import { readSeconds } from '../seconds.ts';
import { type Action, readActionCallerId, readActionWait, readSendCallTo, viewedConnection } from './action.ts';

/** s */
const usualParking = 180;
const leastParking = 10;
const mostParking = 3600;

/** Park: the extension of the view leaves, the other party waits with music; after `maxInParking` the extension is called back. */
export async function park(action: Action): Promise<null> {
  const { live, deps, given } = action;
  const seconds = readSeconds(given['maxInParking'], 'pc_parking_invalid') ?? usualParking;
  if (seconds < leastParking || seconds > mostParking) throw unifiedApiError('pc_parking_invalid');
  const parker = viewedConnection(action);
  const { device } = parker;
  const aor = device.kind === 'extension' ? deps.directory.extensionById(device.extensionId)?.aor : null;
  if (live.connection !== null || aor === null || aor === undefined) throw unifiedApiError('pc_view_invalid');
  const parked = partiesOf(live.call).find((one) => one !== parker) ?? null;
  await deps.runtime.parkCall({
    callId: live.call.id,
    connectionId: parker.id,
    maxMs: Math.round(seconds * 1000),
    returnTo: {
      device,
      target: { kind: 'terminal', aor },
      callerId: readActionCallerId(action, parked),
      timeoutMs: readActionWait(action),
    },
  });
  return null;
}

/** UnPark: a phone is called; once it answers, it has the parked party. */
export async function unPark(action: Action): Promise<null> {
  const { live, deps } = action;
  const { device, target } = readSendCallTo(action, 'terminal');
  const parked = partiesOf(live.call)[0] ?? null;
  await deps.runtime.unparkCall({
    callId: live.call.id,
    device,
    target,
    callerId: readActionCallerId(action, parked),
    timeoutMs: readActionWait(action),
  });
  return null;
}
