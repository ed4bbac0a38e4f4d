import { AppError } from '../../base/app-error.ts';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { sendDigits } from '../step/send-digits.ts';
import { apply, byKind, go, noConnection, refuse, type StateTable } from '../step/state-table.ts';
import type { GenerateDigits } from './requests.ts';
import { onOneCall } from './service.ts';

const notConnected = refuse('Only a connected party can send digits.');
const nobodyToHear = refuse('In a conference digits are commands of the phone that sends them.');

/**
 * GenerateDigits: connected, in a call, stays; the others' far ends get the digits. So does who still waits, and hears
 * the other side already: before the answer digits go where sound goes.
 */
export const generateDigitsTable: StateTable<GenerateDigits> = {
  null: noConnection,
  initiatedIncoming: byKind({ call: go('initiated', sendEarly), access: notConnected, conference: notConnected }),
  initiatedOutgoing: notConnected,
  alerting: notConnected,
  connected: byKind({ call: go('connected', send), access: nobodyToHear, conference: nobodyToHear }),
  hold: notConnected,
  fail: notConnected,
};

export const generateDigits = onOneCall((draft, request: GenerateDigits): void => {
  apply(generateDigitsTable, draft, draft.call(request.callId), request.connectionId, request);
});

function sendEarly(draft: Draft, call: Call, connection: Connection, request: GenerateDigits): void {
  if (!connection.early) throw new AppError('invalidState', 'Nobody hears this party yet.', { callId: call.id });
  send(draft, call, connection, request);
}

function send(draft: Draft, call: Call, connection: Connection, request: GenerateDigits): void {
  const { digits, durationMs = 160 } = request;
  if (!/^[0-9*#A-D]{1,64}$/.test(digits))
    throw new AppError('invalidArgument', 'Digits are 1 to 64 of 0-9, *, #, A-D.');
  if (!(durationMs >= 40 && durationMs <= 6000)) {
    throw new AppError('invalidArgument', 'A digit lasts 40 to 6000 ms.', { durationMs });
  }
  const data = { digits: null, count: digits.length, by: 'service' } as const;
  draft.emit(call.id, 'digitsGenerated', connection.id, 'normal', data);
  sendDigits(draft, call, connection, digits, durationMs);
}
