import type { Connection } from '../../../../../call/model/connection.ts';
import { singleStepTransfer } from '../../../../../call/services/single-step-transfer.ts';
import { unifiedApiError } from '../../errors.ts';
import { partiesOf } from '../live.ts';
import { isConferenceNumber, partiesByNumber } from '../parties.ts';
import { readNumber } from '../payload.ts';
import {
  type Action,
  readActionCallerId,
  readDial,
  readPublicCallerId,
  readSendCallTo,
  viewedConnection,
} from './action.ts';

/**
 * Transfer: the party `transferFromNumber` leaves and `sendCallTo` is dialled for the other. Of a conference the leg
 * leaves with its phone for a new call, whose id is told.
 */
export async function transfer(action: Action): Promise<string | null> {
  const { live, deps } = action;
  const target = readSendCallTo(action, 'any');
  // Only calls that were made with this choice have it; it says nothing of phones of ours.
  if (target.isPublic && !live.call.publicTransfer) {
    throw unifiedApiError('pc_sendcallto_invalid', 'This phone call may not be transferred to a public number.');
  }
  const { leaves, stays } = live.connection === null ? parties(action) : leg(action, live.connection);
  const callerId = target.isPublic ? readPublicCallerId(action) : readActionCallerId(action, stays);
  const dial = readDial(action, target, callerId);
  const ref = await deps.runtime.do(singleStepTransfer, { ...dial, callId: live.call.id, connectionId: leaves.id });
  return live.connection === null ? null : ref.callId;
}

/** TransferToVoicemail: there are no mailboxes. */
export async function transferToVoicemail(): Promise<never> {
  throw unifiedApiError('request_not_implemented');
}

function parties(action: Action): { leaves: Connection; stays: Connection | null } {
  const { live, deps, given } = action;
  const all = partiesOf(live.call);
  const fromNumber = readNumber(given['transferFromNumber'], 'pc_transferfrom_invalid');
  const number = readNumber(given['transferNumber'], 'pc_transfernumber_invalid');
  const transferred = number === null ? null : (partiesByNumber(deps.directory, live, number)[0] ?? undefined);
  if (transferred === undefined) throw unifiedApiError('pc_transfernumber_invalid');
  let leaves: Connection | undefined;
  if (fromNumber !== null) leaves = partiesByNumber(deps.directory, live, fromNumber)[0];
  // Older clients say by a view who transfers; newer ones may name the one who is transferred alone.
  else if (transferred !== null && given['phoneCallViewId'] === undefined)
    leaves = all.find((one) => one !== transferred);
  else leaves = viewedConnection(action);
  if (leaves === undefined) throw unifiedApiError('pc_transferfrom_invalid');
  if (leaves === transferred) throw unifiedApiError('pc_transfernumber_invalid');
  return { leaves, stays: transferred ?? all.find((one) => one !== leaves) ?? null };
}

/** The two numbers may name the conference and the phone, whichever way round. */
function leg(action: Action, connection: Connection): { leaves: Connection; stays: Connection } {
  const { live, deps, given } = action;
  for (const [name, code] of [
    ['transferFromNumber', 'pc_transferfrom_invalid'],
    ['transferNumber', 'pc_transfernumber_invalid'],
  ] as const) {
    const number = readNumber(given[name], code);
    if (number === null || isConferenceNumber(deps.directory, live, number)) continue;
    if (partiesByNumber(deps.directory, live, number).length === 0) throw unifiedApiError(code);
  }
  return { leaves: connection, stays: connection };
}
