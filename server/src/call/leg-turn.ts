import { AppError } from '../base/app-error.ts';
import type { Connection } from './connection.ts';
import type { Draft } from './draft.ts';

/*
 * Whose turn it is on a leg with several connections: it serves one at a time, and the others are held or wait.
 */

/** The connection whose leg it is to be next is told by the caller; the one that has it now is held, or stays so without it. */
export function holdForAnother(draft: Draft, legId: string): void {
  const active = draft.leg(legId)?.active ?? null;
  if (active === null) return;
  const { state } = draft.connection(active.callId, active.connectionId);
  if (state === 'connected') draft.emit(active.callId, 'held', active.connectionId, 'normal', { legHere: false });
  else if (state === 'hold')
    draft.emit(active.callId, 'dataChanged', active.connectionId, 'normal', { legHere: false });
  else throw new AppError('invalidState', 'This phone has not answered yet.', { ...active });
}

/** As `holdForAnother`, for who may not put anybody on hold: a connection that talks keeps the leg. */
export function takeIdleLeg(draft: Draft, { legId, legHere }: Connection): void {
  if (legHere) return;
  const active = draft.leg(legId)?.active ?? null;
  if (active !== null && draft.connection(active.callId, active.connectionId).state !== 'hold') {
    throw new AppError('invalidState', 'This phone is in another call: put that on hold first, or swap the two.', {
      ...active,
    });
  }
  holdForAnother(draft, legId);
}
