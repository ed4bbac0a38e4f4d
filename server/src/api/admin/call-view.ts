import type { Call } from '../../call/model/call.ts';
import type { CallRecord } from '../../call/model/call-record.ts';
import type { Connection } from '../../call/model/connection.ts';
import type { Device } from '../../call/model/device.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { CallSummary } from '../../call/ports.ts';

/** How the administration shows the model: its own words, times in ISO 8601, nothing that could be a secret. */

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

function deviceView(device: Device) {
  return {
    kind: device.kind,
    number: device.number,
    name: device.name,
    extensionId: device.kind === 'external' ? null : device.extensionId,
  };
}

function connectionView(connection: Connection) {
  const { id, state, direction, role, muted, deaf, talking } = connection;
  return {
    id,
    leg: connection.legId,
    device: deviceView(connection.device),
    state,
    direction,
    role,
    muted,
    deaf,
    talking,
    startedAt: iso(connection.startedAt),
    alertedAt: isoOrNull(connection.alertedAt),
    answeredAt: isoOrNull(connection.answeredAt),
    heldAt: isoOrNull(connection.heldAt),
    redirections: (connection.redirections ?? []).map(({ by, reason }) => ({ by: by && deviceView(by), reason })),
  };
}

/** A running call with its roster. */
export function callView(call: Call) {
  const { id, kind, organizationId, seq, locked, waiting, recording } = call;
  const policy = call.conference;
  return {
    id,
    kind,
    organizationId,
    conference: policy && {
      id: policy.conferenceId,
      extension: policy.extensionNumber,
      number: policy.number,
      name: policy.name,
      roomSize: policy.roomSize,
    },
    from: call.from && deviceView(call.from),
    to: call.to && deviceView(call.to),
    createdAt: iso(call.createdAt),
    lastSeq: seq,
    locked,
    waiting,
    recording,
    connections: [...call.connections.values()].map(connectionView),
  };
}

export function summaryView(summary: CallSummary) {
  return {
    id: summary.callId,
    startedAt: iso(summary.startedAt),
    endedAt: isoOrNull(summary.endedAt),
    durationMs: summary.endedAt === null ? null : summary.endedAt - summary.startedAt,
    kind: summary.kind,
    conference: summary.conference,
    from: summary.from,
    to: summary.to,
    cause: summary.cause,
    connections: summary.ended,
    parties: summary.parties.map(({ answeredAt, endedAt, ...party }) => ({
      ...party,
      answeredAt: isoOrNull(answeredAt),
      endedAt: iso(endedAt),
      talkedMs: answeredAt === null ? 0 : endedAt - answeredAt,
    })),
    lastSeq: summary.lastSeq,
  };
}

export function eventView(event: CallEvent) {
  const { callId, seq, type, connectionId, cause } = event;
  // Logs of earlier versions have those that applications and agents sent.
  const data = event.type === 'digitsGenerated' ? { ...event.data, digits: null } : event.data;
  return { callId, seq, at: iso(event.at), type, connectionId, cause, data };
}

export function recordView({ callEnteredAt, callAnsweredAt, end: _, ...record }: CallRecord) {
  return {
    ...record,
    callEnteredAt: isoOrNull(callEnteredAt),
    callAnsweredAt: isoOrNull(callAnsweredAt),
    startedAt: iso(record.startedAt),
    alertedAt: isoOrNull(record.alertedAt),
    answeredAt: isoOrNull(record.answeredAt),
    endedAt: iso(record.endedAt),
  };
}
