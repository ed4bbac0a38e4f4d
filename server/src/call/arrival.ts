import { AppError } from '../base/app-error.ts';
import type { Call, CallKind, Dial } from './call.ts';
import type { ConferencePolicy } from './conference-policy.ts';
import type { Connection, ConnectionSeed, Role } from './connection.ts';
import type { Draft } from './draft.ts';
import type { Announcement } from './ports.ts';

/** How a dialled connection is to come into its call, beside its role. */
type Coming = Partial<Pick<ConnectionSeed, 'muted' | 'deaf' | 'coach' | 'data' | 'hunt'>> & { readonly legId?: string };

/** Dials a new connection into the call; gives its id. */
export function dialInto(
  draft: Draft,
  callId: string,
  role: Role,
  { device, target, callerId, timeoutMs }: Dial,
  coming: Coming = {},
): string {
  const id = draft.context.newId();
  const { legId = draft.context.newId(), ...more } = coming;
  const cause = draft.find(callId)?.kind === 'conference' ? 'conference' : 'newCall';
  const connections = [{ id, legId, device, direction: 'outgoing', role, shown: callerId, ...more }] as const;
  draft.emit(callId, 'originated', id, cause, { connections });
  draft.effect('signal', { do: 'dial', legId, to: target, callerId, timeoutMs });
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
      dialInto(draft, call.id, 'participant', next, { legId: next.legId });
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
