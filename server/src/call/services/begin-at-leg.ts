import { AppError } from '../../base/app-error.ts';
import type { CallRef, CallSeed, Dial } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { dialInto } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { checkCallsOf, holdForAnother } from '../step/leg-turn.ts';

/** A call that a phone begins which is in another one already, on the leg it has there. */
export interface Beginning extends CallRef {
  /** What the phone is in that other call. */
  readonly from: Connection;
  readonly call: Omit<CallSeed, 'kind' | 'conference' | 'from' | 'to' | 'destination'>;
  readonly dial: Dial & { readonly legId?: string };
}

/** originated, with the phone connected in it; then the other device is dialled. Whatever the leg served is held. */
export function beginAtLeg(draft: Draft, { callId, connectionId, from, call, dial }: Beginning): void {
  const { role, device, legId, target } = from;
  if (role === 'supervisor') throw new AppError('invalidState', 'A supervisor cannot make a consultation call.');
  checkCallsOf(draft, legId);
  if (draft.find(callId) !== null) throw new AppError('conflict', 'This call exists already.');
  holdForAnother(draft, legId);
  const seed = { kind: 'call', conference: null, from: device, to: dial.device, destination: null } as const;
  const connection = { id: connectionId, legId, device, direction: 'incoming', role: 'participant' } as const;
  // The call as a whole names the one that it is for; who asks may know that as another.
  const known = call.parent !== null && from.original !== null ? { parent: from.original.callId } : {};
  draft.emit(callId, 'originated', connectionId, 'newCall', {
    call: { ...call, ...seed },
    connections: [{ ...connection, ...known, state: 'connected', ...(target === null ? {} : { target }) }],
  });
  dialInto(draft, callId, 'participant', dial, dial.legId === undefined ? {} : { legId: dial.legId });
}
