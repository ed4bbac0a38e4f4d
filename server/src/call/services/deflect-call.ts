import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { dialInto, inherited, redirectedBy, tellForwarded } from '../step/arrival.ts';
import { depart } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { DeflectCall } from './requests.ts';
import { dialsIntoCall } from './service.ts';

interface Input {
  readonly request: DeflectCall;
  /** The new connection's id. */
  dialled: string;
}

const tooLate = refuse('Only a call that rings can be deflected.');

/** DeflectCall, of the phone that rings: → null, and another device is dialled in its place. */
export const deflectCallTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: tooLate,
  initiatedOutgoing: go('null', deflect),
  alerting: go('null', deflect),
  connected: tooLate,
  hold: tooLate,
  fail: tooLate,
};

/** Gives the connection of the device that is dialled. */
export const deflectCall = dialsIntoCall((draft, request: DeflectCall) => {
  const input: Input = { request, dialled: '' };
  apply(deflectCallTable, draft, draft.call(request.callId), request.connectionId, input);
  return input.dialled;
});

function deflect(draft: Draft, call: Call, connection: Connection, input: Input): void {
  const { role, hunt } = connection;
  const { request } = input;
  if (role === 'supervisor')
    throw new AppError('invalidState', 'A call to a supervisor cannot be sent to another device.');
  if (call.destination !== null)
    throw new AppError(
      'invalidState',
      'This phone rings to begin a call of its own: that cannot be sent to another device.',
    );
  draft.emit(call.id, 'diverted', connection.id, 'normal', { to: request.device.number });
  const redirections = [...(connection.redirections ?? []), { by: connection.device, reason: 'deflected' } as const];
  input.dialled = dialInto(
    draft,
    call.id,
    role,
    { ...request, redirections },
    {
      ...inherited(connection, request.charged),
      ...redirectedBy(call, connection),
      ...(hunt === null ? {} : { hunt }),
    },
  );
  tellForwarded(draft, draft.call(call.id));
  depart(draft, draft.call(call.id), draft.connection(call.id, connection.id), 'normal');
}
