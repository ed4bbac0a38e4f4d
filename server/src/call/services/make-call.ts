import { AppError } from '../../base/app-error.ts';
import type { CallRef, Destination } from '../model/call.ts';
import type { ConnectionSeed } from '../model/connection.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, callExists, goCall } from '../step/state-table.ts';
import type { MakeCall } from './requests.ts';
import type { Service } from './service.ts';

type Input = CallRef & { readonly request: MakeCall };

/** Phones that ring for the one that was asked for. */
const mostAlternatives = 16;
const longestMs = 24 * 3_600_000;

/** MakeCall: rings the originating device; its answer dials the other (see arrival.ts). Call: none → opened; there → refused. */
export const makeCallTable: CallTable<Input, void> = {
  none: goCall(open),
  call: callExists,
  access: callExists,
  conference: callExists,
};

/** Gives the connection of the first phone that is dialled. */
export const makeCall: Service<MakeCall, CallRef, Input> = {
  opens: () => true,
  prepare: (request, { newId }) => ({ request, callId: request.callId ?? newId(), connectionId: newId() }),
  calls: ({ callId }) => [callId],
  dials: ({ request }) => request.legId,
  step(draft, input) {
    const { callId, connectionId } = input;
    applyCall(makeCallTable, draft, callId, input);
    return { callId, connectionId };
  },
};

function open(draft: Draft, _call: unknown, { request, callId, connectionId }: Input): void {
  const { kind, organizationId, from, to, alternatives = [], data = {}, charged = null, durationMs = null } = request;
  const { correlator = null, publicTransfer, conferenceNumber = null } = request;
  check(request);
  const phones = [{ device: from, target: request.fromTarget }, ...alternatives];
  const hunt = phones.length > 1 ? draft.context.newId() : null;
  const { callerId, timeoutMs } = request;
  const connections: ConnectionSeed[] = [];
  for (const [at, { device, target }] of phones.entries()) {
    const legId = (at === 0 ? request.legId : undefined) ?? draft.context.newId();
    const id = at === 0 ? connectionId : draft.context.newId();
    connections.push({ id, legId, device, direction: 'outgoing', role: 'participant', shown: callerId, target, hunt });
    const call = { id: callId, organizationId, kind };
    draft.effect('signal', { do: 'dial', legId, to: target, callerId, timeoutMs, call });
  }
  const destination = destinationOf(draft, request);
  const opened = { organizationId, kind, conference: null, from, to, parent: null, data, destination };
  const call = {
    ...opened,
    durationMs,
    ...(charged === null ? {} : { charged }),
    ...(correlator === null ? {} : { correlator }),
    ...(publicTransfer === undefined ? {} : { publicTransfer }),
    ...(conferenceNumber === null ? {} : { conferenceNumber }),
  };
  draft.emit(callId, 'originated', connectionId, 'newCall', { call, connections });
}

/** Digits of a conference's number. */
const conferenceNumberForm = /^[0-9]{1,20}$/;

function check({ kind, toTarget, alternatives = [], durationMs, conferenceNumber = null }: MakeCall): void {
  if ((kind === 'call') !== (toTarget !== null)) {
    throw new AppError('invalidArgument', 'A call needs something to dial, an access call nothing.');
  }
  if (conferenceNumber !== null && (kind !== 'access' || !conferenceNumberForm.test(conferenceNumber))) {
    throw new AppError(
      'invalidArgument',
      'Only a call on the way to a conference has its number, of at most 20 digits.',
    );
  }
  if (alternatives.length > mostAlternatives) {
    throw new AppError('invalidArgument', 'Too many phones are to ring at once.', { most: mostAlternatives });
  }
  if (durationMs === undefined) return;
  if (kind !== 'call') throw new AppError('invalidArgument', 'Only a call of two can be limited in time.');
  if (!(durationMs >= 1000 && durationMs <= longestMs)) {
    throw new AppError('invalidArgument', 'A call can be limited to 1 s to 24 h.', { durationMs });
  }
}

function destinationOf(draft: Draft, { from, to, toTarget, toCallerId, timeoutMs }: MakeCall): Destination | null {
  if (toTarget === null) return null;
  const callerId = toCallerId ?? { name: from.name, number: from.number };
  return { device: to, target: toTarget, callerId, timeoutMs, legId: draft.context.newId() };
}
