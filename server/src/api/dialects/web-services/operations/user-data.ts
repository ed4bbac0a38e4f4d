import { associateData } from '../../../../call/services/associate-data.ts';
import type { CallAction } from './call-action.ts';
import { missing, type Parameters, readKey, readOptionalUserData } from './parameters.ts';

/* What is attached to a call: everybody in it who has a session sees it. */

/** As `update`: a key is there once, so what was under it before is replaced. */
export const attach = (action: CallAction) => set(action);

export const update = (action: CallAction) => set(action);

export const deleteAll = ({ deps, seat }: CallAction) =>
  deps.runtime.do(associateData, { callId: seat.call.id, removed: Object.keys(seat.call.data) });

/** What is not there is deleted already. */
export const deletePair = ({ deps, seat, parameters }: CallAction) =>
  deps.runtime.do(associateData, { callId: seat.call.id, removed: [readKey(parameters, 'key')] });

function set({ deps, seat, parameters }: CallAction): Promise<void> {
  return deps.runtime.do(associateData, { callId: seat.call.id, set: givenIn(parameters) });
}

function givenIn(parameters: Parameters): Parameters {
  const given = readOptionalUserData(parameters);
  if (given === null) throw missing('userData');
  return given;
}
