import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { type CallData, callDataLimits, fitsCallData } from '../model/call-data.ts';
import type { Draft } from './draft.ts';

/** What is to be attached to a call, or to one connection of it. */
interface Change {
  readonly connectionId?: string;
  readonly set?: CallData;
  readonly removed?: readonly string[];
}

/** What is so already makes no event. */
export function attachData(draft: Draft, call: Call, { connectionId, set = {}, removed = [] }: Change): void {
  const before = connectionId === undefined ? call.data : draft.connection(call.id, connectionId).data;
  const given = plain(set);
  const isSo = (key: string, value: unknown) =>
    Object.hasOwn(before, key) && JSON.stringify(before[key]) === JSON.stringify(value);
  const changed = Object.entries(given).filter(([key, value]) => !isSo(key, value));
  const gone = removed.filter((key) => Object.hasOwn(before, key) && !Object.hasOwn(given, key));
  const left = Object.entries({ ...before, ...given }).filter(([key]) => !gone.includes(key));
  check(Object.fromEntries(left));
  if (changed.length + gone.length === 0) return;
  draft.emit(call.id, 'dataChanged', connectionId ?? null, 'normal', {
    ...(changed.length === 0 ? {} : { set: Object.fromEntries(changed) }),
    ...(gone.length === 0 ? {} : { removed: gone }),
  });
}

/** What a call begins with. */
export function firstData(given: CallData | undefined): CallData {
  if (given === undefined) return {};
  const data = plain(given);
  check(data);
  return data;
}

/** As it will be read from the log: what JSON can not say is the caller's mistake. */
function plain(set: CallData): CallData {
  try {
    return JSON.parse(JSON.stringify(set)) as CallData;
  } catch {
    throw new AppError('invalidArgument', 'Attached data must be JSON.');
  }
}

function check(after: CallData): void {
  if (fitsCallData(after)) return;
  throw new AppError('invalidArgument', 'Too much data is attached.', callDataLimits);
}
