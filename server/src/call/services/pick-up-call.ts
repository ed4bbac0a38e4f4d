import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import type { Connection } from '../model/connection.ts';
import { dialInto, inherited } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { PickUpCall } from './requests.ts';
import { dialsIntoCall } from './service.ts';

interface Input {
  readonly request: PickUpCall;
  /** The new connection's id. */
  dialled: string;
}

/** Phones that ring for one party. */
const mostAtOnce = 17;

const tooLate = refuse('Only a phone that rings can be picked up for.');

/**
 * PickUpCall, of the connection that rings: it goes on, and the device rings with it; who answers first has the call.
 */
export const pickUpCallTable: StateTable<Input> = {
  null: noConnection,
  initiatedIncoming: tooLate,
  initiatedOutgoing: go('initiated', ringAlong),
  alerting: go('alerting', ringAlong),
  connected: tooLate,
  hold: tooLate,
  fail: tooLate,
};

/** Gives the connection of the device that is dialled. */
export const pickUpCall = dialsIntoCall((draft, request: PickUpCall) => {
  const input: Input = { request, dialled: '' };
  apply(pickUpCallTable, draft, draft.call(request.callId), request.connectionId, input);
  return input.dialled;
});

function ringAlong(draft: Draft, call: Call, connection: Connection, input: Input): void {
  const { role } = connection;
  if (role === 'supervisor')
    throw new AppError('invalidState', 'A call to a supervisor cannot be picked up at another phone.');
  const hunt = connection.hunt ?? draft.context.newId();
  // Of a hunt one will be left: it finds room where the one that rings already did.
  const ringing = [...call.connections.values()].filter((other) => other.hunt === hunt).length;
  if (ringing >= mostAtOnce) throw callError('conferenceFull', 'Too many phones ring for this party.');
  if (connection.hunt === null) draft.emit(call.id, 'dataChanged', connection.id, 'normal', { hunt });
  input.dialled = dialInto(draft, call.id, role, input.request, { hunt, ...inherited(connection) });
}
