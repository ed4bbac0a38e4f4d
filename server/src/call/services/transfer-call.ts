import type { Call } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import type { Connection } from '../model/connection.ts';
import { settleAfter } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import { bringIn, dissolve, type Merging, type MergingInto, type Moving, mergingOf } from '../step/merge.ts';
import { giveUpInPlaceOf } from '../step/sent-on.ts';
import { apply, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import { callsMerged, checkConsultation } from './conference-call.ts';
import type { Service } from './service.ts';

const notAnswered = refuse('Only an answered call can be transferred.');

/**
 * TransferCall, of the connection in the original call: → null, and everybody of the consultation, which ends, comes in
 * its place.
 */
const transferCallTable: StateTable<MergingInto> = {
  null: noConnection,
  initiatedIncoming: notAnswered,
  initiatedOutgoing: notAnswered,
  alerting: notAnswered,
  connected: go('null', transfer),
  hold: go('null', transfer),
  fail: notAnswered,
};

export const transferCall: Service<Merging, void> = {
  calls: callsMerged,
  step(draft, request) {
    const asked = mergingOf(draft, request);
    const { original } = asked;
    apply(transferCallTable, draft, draft.call(original.callId), original.connectionId, asked);
  },
};

/** Of the one who transfers what it takes for the original ends first, then the consultation. */
function transfer(draft: Draft, call: Call, connection: Connection, request: MergingInto): void {
  const { original } = request;
  const moving = checkConsultation(draft, request);
  checkGoesOut(call, moving);
  const leave = () => {
    giveUpInPlaceOf(draft, call, connection);
    draft.emitCleared(draft.call(call.id), connection, 'transfer');
  };
  if (!request.keepsOriginal) leave();
  const seeds = dissolve(draft, moving, original, 'transfer');
  if (request.keepsOriginal) leave();
  const after = bringIn(draft, original, moving, seeds, 'transfer');
  settleAfter(draft, after, connection, { cause: 'transfer' });
}

/** A call that nobody may send on to a number outside is not sent on to one by way of a consultation either. */
function checkGoesOut({ id: callId, publicTransfer }: Call, { others }: Moving): void {
  const isOutside = ({ device, direction }: Connection) => device.kind === 'external' && direction === 'outgoing';
  if (publicTransfer || !others.some(isOutside)) return;
  throw callError('destinationNotAllowed', 'This call may not be transferred to a public number.', { callId });
}
