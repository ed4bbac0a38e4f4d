import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from './draft.ts';

/** To the far ends of the other parties who hear it, answered or not yet; a supervisor neither sends nor gets any. */
export function sendDigits(draft: Draft, call: Call, from: Connection, digits: string, durationMs: number): void {
  if (from.role === 'supervisor') return;
  for (const { id, state, legId, legHere, role, early } of call.connections.values()) {
    if (id === from.id || (state !== 'connected' && !early) || !legHere || role === 'supervisor') continue;
    draft.effect('after', { do: 'sendDigits', legId, digits, durationMs });
  }
}
