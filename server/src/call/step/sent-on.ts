import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from './draft.ts';

/*
 * Phones that ring in the place of one who has sent its call on and stays until one of them has answered (`inPlaceOf`).
 */

/** Whether it rings in the place of one who is still there: until it has answered the two are one party. */
export function ringsForAnother({ connections }: Call, { inPlaceOf, answeredAt }: Connection): boolean {
  return inPlaceOf !== undefined && answeredAt === null && connections.has(inPlaceOf);
}

export function ringingInPlaceOf(call: Call, { id }: Connection): Connection[] {
  return [...call.connections.values()].filter((one) => one.inPlaceOf === id && ringsForAnother(call, one));
}

/** Somebody else comes in its place now: they need not ring any more. */
export function giveUpInPlaceOf(draft: Draft, { id: callId }: Call, connection: Connection): void {
  for (const one of ringingInPlaceOf(draft.call(callId), connection)) {
    draft.emitCleared(draft.call(callId), one, 'callCancelled');
  }
}
