import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from './draft.ts';

/*
 * Sound of phones before they answer, in kind `call`. Of several phones that ring only one is heard (`early`); those
 * that sound as well are remembered (`sounds`), and the next of them is heard when that one goes.
 */

/** Whether sound from this phone, unanswered, is of any use to anybody. */
export function maySound(call: Call, connection: Connection): boolean {
  return call.kind === 'call' && connection.role !== 'supervisor';
}

/** Whether a phone is heard before its answer. */
export function soundIsHeard(call: Call): boolean {
  if (call.early === 0) return false;
  for (const { direction, early } of call.connections.values()) if (early && direction === 'outgoing') return true;
  return false;
}

/**
 * The caller still waits: it is told that the phone rings; `early`: and hears the phone's own sound, ringback or what
 * its network says.
 */
export function ringCaller(draft: Draft, call: Call, early: boolean): void {
  for (const { id, legId, state, direction, early: hears } of call.connections.values()) {
    if (state !== 'initiated' || direction !== 'incoming' || hears) continue;
    draft.effect('signal', { do: 'ring', legId, ...(early ? { early } : {}) });
    if (early) draft.emit(call.id, 'dataChanged', id, 'normal', { early: true });
  }
}

/** Somebody has left: if it was the phone that was heard, the next that sounds is. */
export function hearNext(draft: Draft, call: Call): void {
  if (call.kind !== 'call' || call.ringing === 0 || soundIsHeard(call)) return;
  for (const { id, sounds } of call.connections.values()) {
    if (!sounds) continue;
    ringCaller(draft, draft.emit(call.id, 'dataChanged', id, 'normal', { early: true }), true);
    return;
  }
}
