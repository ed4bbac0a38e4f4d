import type { Call } from './call.ts';
import type { CallRecord, Disposition, Party } from './call-record.ts';
import type { Cause } from './cause.ts';
import { chargedOf } from './charged.ts';
import type { Connection } from './connection.ts';
import type { Device } from './device.ts';

/** What an unanswered connection came to, by the cause of its end. */
const unanswered: Record<Cause, Disposition> = {
  normal: 'cancelled',
  newCall: 'failed',
  busy: 'busy',
  noAnswer: 'noAnswer',
  destNotObtainable: 'failed',
  callCancelled: 'cancelled',
  callRejected: 'refused',
  unauthorized: 'refused',
  resourcesNotAvailable: 'failed',
  systemFailure: 'failed',
  mediaFailure: 'failed',
  timeout: 'noAnswer',
  networkNotObtainable: 'failed',
  conferenceFull: 'refused',
  locked: 'refused',
  moderatorsLeft: 'cancelled',
  removed: 'cancelled',
  transfer: 'cancelled',
  conference: 'cancelled',
  joined: 'cancelled',
  shutdown: 'cancelled',
};

export function dispositionOf(connection: Connection, cause: Cause): Disposition {
  return connection.answeredAt === null ? unanswered[connection.failure ?? cause] : 'answered';
}

/** The record of a connection that ends now. */
export function recordOf(call: Call, connection: Connection, cause: Cause, endedAt: number): CallRecord {
  const { from, to, end } = partiesOf(call, connection);
  const whole = call.kind === 'call' ? { at: call.enteredAt, answeredAt: call.answeredAt } : null;
  const direct = call.kind === 'call' ? call.alertedAt : null;
  return {
    id: connection.id,
    callId: call.id,
    connectionId: connection.id,
    legId: connection.legId,
    organizationId: call.organizationId,
    from,
    to,
    direction: connection.direction,
    role: connection.role,
    charged: chargedOf(call, connection),
    startedAt: connection.startedAt,
    alertedAt: connection.alertedAt ?? direct,
    answeredAt: connection.answeredAt,
    endedAt,
    callEnteredAt: whole === null ? connection.startedAt : whole.at,
    callAnsweredAt: whole === null ? connection.answeredAt : whole.answeredAt,
    end,
    disposition: dispositionOf(connection, cause),
    cause: connection.failure ?? cause,
  };
}

interface Parties {
  readonly from: Party;
  readonly to: Party;
  readonly end: 'from' | 'to';
}

function partiesOf(call: Call, connection: Connection): Parties {
  const own = partyOf(connection.device);
  if (call.conference !== null) {
    const { extensionNumber: number, name, extensionId } = call.conference;
    return betweenRoom(connection, { kind: 'conference', number, name, extensionId });
  }
  if (call.kind === 'access' && call.to !== null) return betweenRoom(connection, partyOf(call.to));
  // The one who began the call is its first connection; whoever came later is who was called.
  const isOrigin = connection.ordinal === 1 || (connection.hunt !== null && connection.hunt === call.originHunt);
  if (isOrigin) return { from: own, to: call.to === null ? own : partyOf(call.to), end: 'from' };
  return { from: call.from === null ? own : partyOf(call.from), to: own, end: 'to' };
}

/** Whom we called on the way to a conference was called by it. */
function betweenRoom({ direction, device }: Connection, room: Party): Parties {
  const own = partyOf(device);
  return direction === 'incoming' ? { from: own, to: room, end: 'from' } : { from: room, to: own, end: 'to' };
}

function partyOf(device: Device): Party {
  const extensionId = device.kind === 'external' ? null : device.extensionId;
  return { kind: device.kind, number: device.number, name: device.name, extensionId };
}
