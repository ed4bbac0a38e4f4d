import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { dialInto, redirectedBy } from '../step/arrival.ts';
import { attachData, firstData } from '../step/attach-data.ts';
import { depart } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { moveLeg } from '../step/move-leg.ts';
import { giveUpInPlaceOf, ringingInPlaceOf } from '../step/sent-on.ts';
import { apply, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { SingleStepTransfer } from './requests.ts';
import { callsAtLeg, type Service } from './service.ts';

/**
 * `newCall`: the id of the call that opens when a party leaves a conference. `dialled`: where the device was dialled.
 */
interface Input {
  readonly request: SingleStepTransfer;
  readonly newCall: string;
  dialled: CallRef | null;
}

const notAnswered = refuse('Only an answered party can transfer.');
const notInside = refuse('This caller is not in a conference yet.');

/**
 * SingleStepTransfer, of the connection that transfers: connected, hold → null, at once or when the device has
 * answered.
 */
export const singleStepTransferTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: byKind({ call: go('null', replace), access: notInside, conference: go('null', takeOut) }),
  hold: byKind({ call: go('null', replace), access: notInside, conference: go('null', takeOut) }),
  fail: notAnswered,
};

/** Gives the connection of the device that is dialled, in a new call when the party leaves a conference. */
export const singleStepTransfer: Service<SingleStepTransfer, CallRef, Input> = {
  opens: () => true,
  prepare: (request, { newId }) => ({ request, newCall: newId(), dialled: null }),
  calls: ({ request, newCall }, { legs }) => [request.callId, newCall, ...callsAtLeg(request, legs)],
  step(draft, input) {
    const { request } = input;
    const call = draft.call(request.callId);
    // In a conference the one who leaves may be somebody else than the one who asks for it.
    const { connectionId, transferred = connectionId } = request;
    if (call.kind === 'conference') {
      if (request.whenAnswered === true)
        throw new AppError(
          'invalidState',
          'In a conference a party is transferred at once: ask without waiting for the answer.',
        );
      draft.connection(call.id, connectionId);
    } else if (transferred !== connectionId) {
      throw new AppError(
        'invalidArgument',
        'In a call of two the party that asks leaves: name no other to be transferred.',
      );
    }
    apply(singleStepTransferTable, draft, call, transferred, input);
    if (input.dialled === null) throw new AppError('internal', 'Nothing was dialled.');
    return input.dialled;
  },
};

function replace(draft: Draft, call: Call, connection: Connection, input: Input): void {
  checkRole(connection);
  if (call.answered < 2) throw new AppError('invalidState', 'There is nobody to transfer yet.', { callId: call.id });
  const { whenAnswered = false } = input.request;
  if (whenAnswered && ringingInPlaceOf(call, connection).length > 0) {
    throw new AppError('invalidState', 'This party is transferring the call already.', { connectionId: connection.id });
  }
  if (input.request.attached !== undefined) attachData(draft, call, { set: input.request.attached });
  const by = { ...sentOnFor(call, connection, input), ...(whenAnswered ? { inPlaceOf: connection.id } : {}) };
  const dial = { ...input.request, ...transferredBy(connection) };
  input.dialled = { callId: call.id, connectionId: dialInto(draft, call.id, 'participant', dial, by) };
  if (whenAnswered) return;
  giveUpInPlaceOf(draft, call, connection);
  depart(draft, draft.call(call.id), connection, 'transfer');
}

/** Who has sent the call on, and who pays for that. */
function sentOnFor(call: Call, connection: Connection, { request: { charged = null } }: Input) {
  return { ...redirectedBy(call, connection), ...(charged === null ? {} : { charged }) };
}

/** Whoever is dialled is told who transfers. */
function transferredBy({ device: by }: Connection): Pick<SingleStepTransfer, 'redirections'> {
  return { redirections: [{ by, reason: 'transferred' }] };
}

function takeOut(draft: Draft, call: Call, connection: Connection, input: Input): void {
  checkRole(connection);
  const { request, newCall: callId } = input;
  const { device, data, charged, correlator, startedAt, answeredAt } = connection;
  const id = draft.context.newId();
  const {
    charged: _call,
    correlator: _calls,
    ...seed
  } = moveLeg(draft, call.id, connection, { callId, connectionId: id }, 'transfer');
  draft.emit(callId, 'originated', id, 'transfer', {
    call: {
      organizationId: call.organizationId,
      kind: 'call',
      conference: null,
      from: device,
      to: request.device,
      parent: null,
      data: request.attached === undefined ? data : firstData({ ...data, ...request.attached }),
      destination: null,
      enteredAt: startedAt,
      ...(answeredAt === null ? {} : { answeredAt }),
      ...(charged === null ? {} : { charged }),
      ...(correlator === null ? {} : { correlator }),
    },
    connections: [{ ...seed, role: 'participant' }],
  });
  const by = sentOnFor(call, draft.connection(call.id, request.connectionId), input);
  input.dialled = { callId, connectionId: dialInto(draft, callId, 'participant', request, by) };
  depart(draft, draft.call(call.id), connection, 'transfer');
}

function checkRole({ id, role }: Connection): void {
  if (role === 'supervisor')
    throw new AppError('invalidState', 'A supervisor cannot transfer a call, or be transferred.', { connectionId: id });
}
