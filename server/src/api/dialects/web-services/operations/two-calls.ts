import { alternateCall } from '../../../../call/services/alternate-call.ts';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { transferCall } from '../../../../call/services/transfer-call.ts';
import { WebServicesError } from '../errors.ts';
import { callOfId } from '../ids.ts';
import { lastPart } from '../links.ts';
import { type Completing, type Merge, mergeOf, swapOf } from '../pairs.ts';
import { shownIdOf } from '../seat.ts';
import { type CallAction, notNow, refOf } from './call-action.ts';
import { type Parameters, readOptionalText } from './parameters.ts';

/* What is about two calls of one phone. They may be asked of either. */

/** The two become one, under the id of the original. */
export async function completeConference(action: CallAction): Promise<void> {
  const { original, consult } = toComplete(action, 'conferenceCall');
  await action.deps.runtime.do(conferenceCall, { original: refOf(original), consult: refOf(consult) });
}

/** The others are left with each other. */
export async function completeTransfer(action: CallAction): Promise<void> {
  const { original, consult } = toComplete(action, 'transferCall');
  await action.deps.runtime.do(transferCall, { original: refOf(original), consult: refOf(consult) });
}

export async function swap({ deps, seat, parameters }: CallAction): Promise<void> {
  const other = namedCall(parameters, 'otherCallUri', seat.lines.map(shownIdOf));
  const swapped = swapOf(seat, other);
  if (swapped === null) throw notNow('These are not an active and a held call of one phone.');
  await deps.runtime.do(alternateCall, { active: refOf(swapped.active), held: refOf(swapped.held) });
}

function toComplete({ seat, parameters }: CallAction, by: Completing): Merge {
  const known = [seat, ...seat.lines].map(shownIdOf);
  const merge = mergeOf(seat, by, namedCall(parameters, 'consultCallUri', known));
  if (merge === null) throw notNow('This is not a consultation that can be completed.');
  return merge;
}

/**
 * A call by its address, its path, or its id alone; null when none is named. What is none of the phone's calls is not
 * there.
 */
function namedCall(parameters: Parameters, name: string, known: readonly string[]): string | null {
  const given = readOptionalText(parameters, name, 2048);
  if (given === null) return null;
  const id = callOfId(lastPart(given));
  if (id === null || !known.includes(id)) {
    throw new WebServicesError('notFound', `There is no call of this phone as ${name} names it.`);
  }
  return id;
}
