import { AppError } from '../../../../base/app-error.ts';
import { associateData } from '../../../../call/services/associate-data.ts';
import type { UserView } from '../../../../directory/directory-views.ts';
import type { WebServicesDeps } from '../deps.ts';
import { WebServicesError } from '../errors.ts';
import { callOfId } from '../ids.ts';
import { lastPart } from '../links.ts';
import { ownSeats, ownTerminals } from '../own-devices.ts';
import { shownIdOf } from '../seat.ts';
import { invalid, missing, type Parameters, readOptionalText, readOptionalUserData, readText } from './parameters.ts';

/** Asked of a call, or of a device; what is no capability of either, as it is about how a call went. */
export const dispositionOperation = 'SetCallDisposition';

const usualKey = 'DispositionCode';

/**
 * Attached to the call as user data; of one that is over for this user it stands in the log, and nobody is told.
 * `asked`: the call that it is asked of; null: the one that `callUri` or `callUuid` names. Throws `missing`, `invalid`,
 * `notFound`.
 */
export async function setDisposition(
  deps: WebServicesDeps,
  user: UserView,
  parameters: Parameters,
  asked: string | null,
): Promise<void> {
  const named = callNamed(parameters);
  const given = named ?? asked;
  if (given === null) throw missing('callUri');
  const callId = callOfId(given);
  if (asked !== null && callId !== callOfId(asked)) throw invalid('callUri', 'that of this call');
  const key = readOptionalText(parameters, 'dispositionKey', 64) ?? usualKey;
  const set = { ...readOptionalUserData(parameters), [key]: readText(parameters, 'disposition') };
  if (callId === null || !(await keep(deps, user, callId, set))) {
    throw new WebServicesError('notFound', 'There is no such call.');
  }
}

function callNamed(parameters: Parameters): string | null {
  const named = readOptionalText(parameters, 'callUri', 2048) ?? readOptionalText(parameters, 'callUuid');
  return named === null ? null : lastPart(named);
}

/** False: this user is not, and was not, in that call. */
async function keep(deps: WebServicesDeps, user: UserView, callId: string, set: Parameters): Promise<boolean> {
  const terminals = ownTerminals(deps, user);
  const seat = ownSeats(deps, user, terminals).find((one) => shownIdOf(one) === callId);
  if (seat !== undefined && (await attachTo(deps, seat.call.id, set))) return true;
  const extensionIds = terminals.map(({ id }) => id);
  return deps.remarks.make({ organizationId: user.organizationId, callId, extensionIds, set });
}

/** False: the call ended in this moment. */
async function attachTo({ runtime }: Pick<WebServicesDeps, 'runtime'>, callId: string, set: Parameters) {
  try {
    await runtime.do(associateData, { callId, set });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'callNotFound') return false;
    throw error;
  }
}
