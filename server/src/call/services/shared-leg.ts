import { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';

/** Throws unless these are connections of one phone in two calls. */
export function checkSameLeg(draft: Draft, one: CallRef, other: CallRef): void {
  const { legId } = draft.connection(one.callId, one.connectionId);
  if (one.callId !== other.callId && draft.connection(other.callId, other.connectionId).legId === legId) return;
  throw new AppError('invalidState', 'These are not two calls of one phone.', { callId: one.callId });
}
