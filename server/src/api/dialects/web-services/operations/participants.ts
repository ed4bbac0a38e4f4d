import { sameNumber } from '../../../../base/same-number.ts';
import type { Device } from '../../../../call/model/device.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { consultConference } from '../../../../call/services/consult-conference.ts';
import { consultationCall } from '../../../../call/services/consultation-call.ts';
import { deflectCall } from '../../../../call/services/deflect-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import type { Reach } from '../../../reach.ts';
import { mayRemove, partiesBeside } from '../capabilities.ts';
import { admittedTo, destinationOf, phoneOf, ringMs } from '../destination.ts';
import { WebServicesError } from '../errors.ts';
import type { Terminal } from '../own-devices.ts';
import { isIn, type Line } from '../seat.ts';
import { type CallAction, notNow, refOf, terminalOf } from './call-action.ts';
import { readDestination, readOptionalUserData, readText } from './parameters.ts';

/* What brings somebody else in, or puts somebody out. */

/**
 * The call is held, and somebody is asked in another one, or the phone goes into a conference. How it ends (conference,
 * transfer) is said when it is completed.
 */
export async function consult(action: CallAction): Promise<void> {
  const { deps, seat, parameters } = action;
  const from = terminalOf(action);
  const data = readOptionalUserData(parameters) ?? {};
  const destination = destinationOf(deps, from, readDestination(parameters));
  if (destination.kind === 'conference') {
    const { policy, role } = admittedTo(destination);
    await deps.runtime.do(consultConference, { ...refOf(seat), policy, role, attached: data });
    return;
  }
  const dial = dialOf(seat, from, destination);
  if (seat.lines.some((line) => isAskedIn(line, dial.device))) throw notNow('This device is being asked already.');
  await deps.runtime.do(consultationCall, { ...refOf(seat), ...dial, data, charged: seat.extensionId });
}

export async function singleStepIn(action: CallAction): Promise<void> {
  const { deps, seat } = action;
  const dial = { ...dialled(action), ...attachedIn(action) };
  const into = { callId: seat.call.id };
  const by = { by: seat.connection.id, charged: seat.extensionId };
  await deps.runtime.do(singleStepConference, { into, role: 'participant', ...dial, ...by });
}

export async function singleStepOver(action: CallAction): Promise<void> {
  const { deps, seat } = action;
  const dial = { ...dialled(action), ...attachedIn(action) };
  if (dial.device.kind === 'external' && !seat.call.publicTransfer) {
    throw new WebServicesError('forbidden', 'This call may not be transferred to a public number.');
  }
  await deps.runtime.do(singleStepTransfer, { ...refOf(seat), ...dial, charged: seat.extensionId });
}

/** Somebody else rings in its place. */
export async function redirect(action: CallAction): Promise<void> {
  const { deps, seat } = action;
  const dial = dialled(action);
  await deps.runtime.do(deflectCall, { ...refOf(seat), ...dial, charged: seat.extensionId });
}

/** By number, as participants are listed. Of several with the same number the one that came last. */
export async function remove({ deps, seat, parameters }: CallAction): Promise<void> {
  const number = readText(parameters, 'participant');
  const named = partiesBeside(seat).filter(({ device }) => sameNumber(device.number, number));
  if (named.length === 0) throw new WebServicesError('notFound', 'There is no such participant.');
  const removed = named.findLast((one) => mayRemove(seat, one));
  if (removed === undefined) throw new WebServicesError('forbidden', 'Somebody else brought this participant in.');
  await deps.runtime.do(clearConnection, { callId: seat.call.id, connectionId: removed.id, cause: 'removed' });
}

/** Whether this call was made to ask somebody, and that device is in it; who has sent it on to another is not. */
function isAskedIn({ call }: Line, device: Device): boolean {
  const isIt = (one: Device) => one.kind === device.kind && one.number === device.number;
  return call.parent !== null && [...call.connections.values()].some((one) => isIt(one.device));
}

function dialled(action: CallAction) {
  const from = terminalOf(action);
  return dialOf(action.seat, from, phoneOf(action.deps, from, readDestination(action.parameters)));
}

function dialOf(seat: CallAction['seat'], from: Terminal, { device, target }: Reach) {
  if (device.kind === 'extension' && isIn(seat.call, device.extensionId)) {
    throw notNow('This device is in the call already.');
  }
  if (isCalledIn(seat, device)) throw notNow('This number is being called already.');
  return { device, target, callerId: from.callerId, timeoutMs: ringMs };
}

/**
 * A number outside that has not answered yet. Who asks once more, because no answer came in time, does not ring it
 * twice; another person at it may be called when one has answered.
 */
function isCalledIn({ call }: Line, { kind, number }: Device): boolean {
  if (kind !== 'external') return false;
  return [...call.connections.values()].some(
    ({ device, direction, answeredAt }) =>
      device.kind === kind && device.number === number && direction === 'outgoing' && answeredAt === null,
  );
}

function attachedIn({ parameters }: CallAction) {
  const attached = readOptionalUserData(parameters);
  return attached === null ? {} : { attached };
}
