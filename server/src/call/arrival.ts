import { AppError } from '../base/app-error.ts';
import type { Call, CallKind } from './call.ts';
import type { ConferencePolicy } from './conference-policy.ts';
import type { Connection, Role } from './connection.ts';
import type { CallerId, Device, DialTarget } from './device.ts';
import type { Draft } from './draft.ts';
import type { Announcement } from './ports.ts';

/** Dials a new connection into the call; gives its id. */
export function dialInto(
  draft: Draft,
  callId: string,
  device: Device,
  role: Role,
  dial: { readonly target: DialTarget; readonly callerId: CallerId; readonly timeoutMs: number },
): string {
  const id = draft.context.newId();
  const legId = draft.context.newId();
  const cause = draft.find(callId)?.kind === 'conference' ? 'conference' : 'newCall';
  const connections = [{ id, legId, device, direction: 'outgoing', role }] as const;
  draft.emit(callId, 'originated', id, cause, { connections });
  draft.effect('signal', { do: 'dial', legId, to: dial.target, callerId: dial.callerId, timeoutMs: dial.timeoutMs });
  return id;
}

/** A dialled phone rings. */
export function alert(draft: Draft, call: Call, connection: Connection): void {
  const after = draft.emit(call.id, 'delivered', connection.id, 'normal', {});
  if (call.kind !== 'call' || after.room) return;
  for (const other of after.connections.values()) {
    if (other.legId === null || other.id === connection.id) continue;
    if (other.state === 'initiated' && other.direction === 'incoming') {
      draft.effect('signal', { do: 'ring', legId: other.legId });
    } else if (other.state === 'connected') {
      draft.effect('after', { do: 'announce', target: { legId: other.legId }, items: [{ tone: 'ringback' }] });
    }
  }
}

/** A dialled phone answers. */
export function answered(draft: Draft, call: Call, connection: Connection): void {
  onAnswer[call.kind](draft, call, connection);
}

const onAnswer: Readonly<Record<CallKind, (draft: Draft, call: Call, connection: Connection) => void>> = {
  call: (draft, call, connection) => {
    draft.emit(call.id, 'established', connection.id, 'normal', {});
    const next = call.destination;
    if (next !== null) {
      dialInto(draft, call.id, next.device, 'participant', next);
      return;
    }
    for (const other of call.connections.values()) {
      if (other.legId === null || other.id === connection.id) continue;
      if (other.state === 'connected' && !call.room) {
        draft.effect('signal', { do: 'hush', target: { legId: other.legId } });
      } else if (other.state === 'initiated' && other.direction === 'incoming') {
        draft.effect('signal', { do: 'answer', legId: other.legId });
        draft.emit(call.id, 'established', other.id, 'normal', {});
      }
    }
  },
  access: (draft, call, connection) => {
    draft.emit(call.id, 'established', connection.id, 'normal', {});
  },
  conference: (draft, call, connection) => {
    const after = draft.emit(call.id, 'established', connection.id, 'conference', {});
    welcome(draft, after, connection.id);
  },
};

/** Throws when the conference takes nobody of that role now. */
export function checkAdmission(call: Call, role: Role): void {
  const policy = policyOf(call);
  const details = { callId: call.id, conferenceId: policy.conferenceId };
  if (call.locked && role !== 'moderator') throw new AppError('conferenceLocked', 'The conference is locked.', details);
  if (call.connections.size >= policy.roomSize) {
    throw new AppError('conferenceFull', 'The conference is full.', { ...details, roomSize: policy.roomSize });
  }
}

/** What is heard when somebody has come into a conference, and the gate that the first moderator opens. */
export function welcome(draft: Draft, call: Call, connectionId: string): void {
  const policy = policyOf(call);
  const connection = draft.connection(call.id, connectionId);
  let after = call;
  if (call.waiting && connection.role === 'moderator') {
    after = draft.emit(call.id, 'dataChanged', null, 'joined', { waiting: false });
  }
  const others = after.answered - 1;
  if (policy.entryTone && others > 0 && !after.waiting) {
    const target = connection.legId === null ? { callId: call.id } : { callId: call.id, except: connection.legId };
    draft.effect('before', { do: 'announce', target, items: [{ tone: 'entry' }] });
  }
  const items: Announcement[] = [];
  if (after.waiting && connection.role === 'participant') items.push({ say: 'waiting-for-moderator' });
  else if (policy.announceCount) items.push({ say: 'participant-count', count: others });
  if (items.length > 0 && connection.legId !== null) {
    draft.effect('after', { do: 'announce', target: { legId: connection.legId }, items });
  }
}

function policyOf(call: Call): ConferencePolicy {
  if (call.conference !== null) return call.conference;
  throw new AppError('invalidState', 'This call is no conference.', { callId: call.id });
}
