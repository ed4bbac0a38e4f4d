import { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { isSameExtension } from '../model/device.ts';
import type { Draft } from '../step/draft.ts';

/** Whether these are connections of one phone: on one leg, or on several that the phone has by itself. */
export function isSamePhone(one: Connection, other: Connection): boolean {
  return one.legId === other.legId || isSameExtension(one.device, other.device);
}

/** Throws unless these are connections of one phone in two calls. */
export function checkSamePhone(draft: Draft, one: CallRef, other: CallRef): void {
  const [first, second] = [one, other].map(({ callId, connectionId }) => draft.connection(callId, connectionId));
  if (one.callId !== other.callId && isSamePhone(first!, second!)) return;
  throw new AppError('invalidState', 'These are not two calls of one phone.', { callId: one.callId });
}
