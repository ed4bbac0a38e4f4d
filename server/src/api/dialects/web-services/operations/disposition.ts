import { associateData } from '../../../../call/services/associate-data.ts';
import type { UserView } from '../../../../directory/directory-views.ts';
import type { WebServicesDeps } from '../deps.ts';
import { callOfId } from '../ids.ts';
import { lastPart } from '../links.ts';
import { seatsInCall } from '../own-devices.ts';
import { type Seat, shownIdOf } from '../seat.ts';
import { invalid, missing, type Parameters, readOptionalText, readOptionalUserData, readText } from './parameters.ts';

/** Asked of a call, or of a device; what is no capability of either, as it is about how a call went. */
export const dispositionOperation = 'SetCallDisposition';

const usualKey = 'DispositionCode';

/** Of the call that `callUri` or `callUuid` names. Throws `missing`, `notFound`. */
export function setNamedDisposition(deps: WebServicesDeps, user: UserView, parameters: Parameters): Promise<void> {
  const named = callNamed(parameters);
  if (named === null) throw missing('callUri');
  const given = dispositionIn(parameters);
  const [seat] = seatsInCall(deps, user, named);
  return attach(deps, seat, given);
}

/** Of this call. Throws `invalid` where `callUri` or `callUuid` names another. */
export function setDisposition(deps: WebServicesDeps, seat: Seat, parameters: Parameters): Promise<void> {
  const named = callNamed(parameters);
  if (named !== null && callOfId(named) !== shownIdOf(seat)) throw invalid('callUri', 'that of this call');
  return attach(deps, seat, dispositionIn(parameters));
}

function callNamed(parameters: Parameters): string | null {
  const named = readOptionalText(parameters, 'callUri', 2048) ?? readOptionalText(parameters, 'callUuid');
  return named === null ? null : lastPart(named);
}

function dispositionIn(parameters: Parameters): Parameters {
  const given = readText(parameters, 'disposition');
  const key = readOptionalText(parameters, 'dispositionKey', 64) ?? usualKey;
  return { ...readOptionalUserData(parameters), [key]: given };
}

/** As user data. */
function attach({ runtime }: WebServicesDeps, { call }: Seat, set: Parameters): Promise<void> {
  return runtime.do(associateData, { callId: call.id, set });
}
