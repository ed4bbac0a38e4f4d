import type { CallRef } from '../../../../call/model/call.ts';
import type { UserView } from '../../../../directory/directory-views.ts';
import type { WebServicesDeps } from '../deps.ts';
import { WebServicesError } from '../errors.ts';
import { deviceIdOf } from '../ids.ts';
import { ownDevice, type Terminal } from '../own-devices.ts';
import type { Line, Seat } from '../seat.ts';
import type { Parameters } from './parameters.ts';

/** One operation on a call, which its seat lists among the capabilities. */
export interface CallAction {
  readonly deps: WebServicesDeps;
  readonly user: UserView;
  readonly seat: Seat;
  readonly parameters: Parameters;
}

/** Resolves when it is done, which is durable; what comes of it is told besides. */
export type CallOperationHandler = (action: CallAction) => Promise<unknown>;

export function refOf({ call, connection }: Line): CallRef {
  return { callId: call.id, connectionId: connection.id };
}

/** The device that is used, on whose behalf whatever else is dialled. */
export function terminalOf({ deps, user, seat }: Pick<CallAction, 'deps' | 'user' | 'seat'>): Terminal {
  return ownDevice(deps, user, deviceIdOf(seat.extensionId));
}

export function notNow(message: string): WebServicesError {
  return new WebServicesError('notNow', message);
}
