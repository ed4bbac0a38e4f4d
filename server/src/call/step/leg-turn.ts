import { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../model/call.ts';
import type { Connection, ConnectionSeed } from '../model/connection.ts';
import type { Device } from '../model/device.ts';
import type { Draft } from './draft.ts';

/*
 * Whose turn it is on a leg with several connections: it serves one at a time, and the others are held or wait.
 */

/** Calls that one phone can be in at once. */
const mostCalls = 8;

export function checkCallsOf(draft: Draft, legId: string): void {
  if ((draft.leg(legId)?.refs.length ?? 0) < mostCalls) return;
  throw new AppError('limitExceeded', 'This phone is in too many calls.', { most: mostCalls });
}

/**
 * How a call waits at a leg that is in another one: what its connection there is like. Throws when that device has no
 * such leg.
 */
export function waitAtLeg(
  draft: Draft,
  callId: string,
  legId: string,
  device: Device,
  timeoutMs: number,
): Pick<ConnectionSeed, 'device' | 'direction' | 'legHere' | 'waitsUntil' | 'target'> {
  const refs = draft.leg(legId)?.refs ?? [];
  // Others may wait there already.
  const known = refs
    .map((ref) => draft.connection(ref.callId, ref.connectionId))
    .find(({ answeredAt }) => answeredAt !== null);
  if (known === undefined || !sameDevice(known.device, device)) {
    throw new AppError('conflict', 'This phone is in no call at which another could wait.', { legId });
  }
  checkCallsOf(draft, legId);
  if (refs.some((ref) => ref.callId === callId)) {
    throw new AppError('conflict', 'This phone is in this call already.', { legId });
  }
  const { target } = known;
  return { device, direction: 'outgoing', legHere: false, waitsUntil: draft.context.now + timeoutMs, target };
}

function sameDevice(one: Device, other: Device): boolean {
  if (one.kind === 'external' || other.kind === 'external')
    return one.kind === other.kind && one.number === other.number;
  return one.extensionId === other.extensionId;
}

/** The connection for which its phone holds this leg by itself, so that nothing is said on it; null: it does not. */
export function heldThereOn(draft: Draft, legId: string): Connection | null {
  const active = draft.leg(legId)?.active ?? null;
  const connection = active === null ? null : draft.connection(active.callId, active.connectionId);
  return connection?.state === 'hold' && connection.heldThere !== undefined ? connection : null;
}

/** The leg, on hold by its phone as it is, serves another held connection of that from now on. */
export function handOnHeld(draft: Draft, { legId, heldThere }: Connection, to: CallRef): void {
  const active = draft.leg(legId)?.active ?? null;
  if (active !== null) draft.emit(active.callId, 'dataChanged', active.connectionId, 'normal', { legHere: false });
  const held = heldThere === undefined ? {} : { heldThere };
  draft.emit(to.callId, 'dataChanged', to.connectionId, 'normal', { legHere: true, ...held });
}

/** Throws when nothing that is begun on this leg now would be heard, as its phone has to take it back first. */
export function checkSpeaks(draft: Draft, legId: string): void {
  const held = heldThereOn(draft, legId);
  if (held === null || held.heldThere === 'atOnce') return;
  throw new AppError('invalidState', 'The phone itself has put its call on hold: retrieve it at the phone first.', {
    legId,
  });
}

/**
 * The connection whose leg it is to be next is told by the caller; the one that has it now is held, or stays so without
 * it.
 */
export function holdForAnother(draft: Draft, legId: string): void {
  const active = draft.leg(legId)?.active ?? null;
  if (active === null) return;
  checkSpeaks(draft, legId);
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
