import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { checkRoom, checkSupervision } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { apply, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { ChangeRole } from './requests.ts';
import { onOneCall } from './service.ts';

const notAnswered = refuse('Only somebody who has answered can change roles.');
const notInside = refuse('This caller is not in a conference yet.');
const change = byKind<ChangeRole>({
  call: go('connected', take),
  access: notInside,
  conference: go('connected', take),
});

/** ChangeRole: who takes part becomes one who listens or coaches, and back. connected → connected. */
export const changeRoleTable: StateTable<ChangeRole> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: change,
  hold: refuse('Retrieve the held call first.'),
  fail: notAnswered,
};

export const changeRole = onOneCall((draft, request: ChangeRole): void => {
  apply(changeRoleTable, draft, draft.call(request.callId), request.connectionId, request);
});

function take(draft: Draft, call: Call, connection: Connection, { mode, coached }: ChangeRole): void {
  const { id, role, muted, coach } = connection;
  if (mode === 'moderate') {
    moderate(draft, call, connection);
    return;
  }
  if (mode === 'barge') {
    if (role !== 'supervisor') return;
    checkRoom(call, 'participant');
    const heard = { ...(muted ? { muted: false } : {}), ...(coach === null ? {} : { coach: null }) };
    draft.emit(call.id, 'dataChanged', id, 'normal', { role: 'participant', ...heard });
    return;
  }
  if (role !== 'supervisor' && others(call, id) < 2) {
    throw new AppError('invalidState', 'With fewer than two others in the call there is nobody to listen to.', {
      callId: call.id,
    });
  }
  checkSupervision(draft, call, mode, coached, id);
  const next = { role: 'supervisor', muted: mode === 'listen', coach: coached ?? null } as const;
  if (role === next.role && muted === next.muted && coach === next.coach) return;
  draft.emit(call.id, 'dataChanged', id, 'normal', next);
}

function moderate(draft: Draft, call: Call, { id, role }: Connection): void {
  if (call.kind !== 'conference' || role === 'supervisor') {
    throw new AppError('invalidState', 'Only a participant of a conference can become its moderator.');
  }
  if (role === 'moderator') return;
  draft.emit(call.id, 'dataChanged', id, 'normal', { role: 'moderator' });
  if (call.waiting) draft.emit(call.id, 'dataChanged', null, 'normal', { waiting: false });
}

/** Parties that have answered, but for this one. */
function others(call: Call, id: string): number {
  let count = 0;
  for (const one of call.connections.values()) {
    if (one.id !== id && one.role !== 'supervisor' && one.answeredAt !== null) count += 1;
  }
  return count;
}
