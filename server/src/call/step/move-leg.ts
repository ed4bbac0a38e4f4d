import type { CallRef } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { Connection, ConnectionSeed } from '../model/connection.ts';
import type { Draft } from './draft.ts';

/**
 * A leg goes on from one call to another: `transferred` in the call it leaves. Gives the connection that it will have
 * there, with the times it had: it entered the server only once. The caller brings that in, and clears the one it had.
 */
export function moveLeg(
  draft: Draft,
  callId: string,
  connection: Connection,
  to: CallRef,
  cause: Cause,
): ConnectionSeed {
  draft.emit(callId, 'transferred', connection.id, cause, { toCall: to.callId, toConnection: to.connectionId });
  const { legId, legHere, device, direction, role, state, shown, target, data, charged, correlator } = connection;
  const { startedAt, alertedAt, answeredAt, heldThere, supervises } = connection;
  return {
    id: to.connectionId,
    legId,
    device,
    direction,
    role,
    state,
    shown,
    data,
    charged,
    startedAt,
    ...(target === null ? {} : { target }),
    ...(correlator === null ? {} : { correlator }),
    ...(alertedAt === null ? {} : { alertedAt }),
    ...(answeredAt === null ? {} : { answeredAt }),
    ...(legHere ? {} : { legHere }),
    ...(heldThere === undefined ? {} : { heldThere }),
    ...(supervises === undefined ? {} : { supervises }),
  };
}
