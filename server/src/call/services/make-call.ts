import { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../call.ts';
import type { Draft } from '../draft.ts';
import type { MakeCall } from '../requests.ts';
import { applyCall, type CallTable, callExists, goCall } from '../state-table.ts';

type Input = CallRef & { readonly request: MakeCall };

/** MakeCall: rings the originating device; its answer dials the other (see arrival.ts). Call: none → opened; there → refused. */
export const makeCallTable: CallTable<Input, void> = {
  none: goCall(open),
  call: callExists,
  access: callExists,
  conference: callExists,
};

export function makeCall(draft: Draft, input: Input): void {
  applyCall(makeCallTable, draft, input.callId, input);
}

function open(draft: Draft, _call: unknown, { request, callId, connectionId }: Input): void {
  const { kind, organizationId, from, to, toTarget, timeoutMs } = request;
  if ((kind === 'call') !== (toTarget !== null)) {
    throw new AppError('invalidArgument', 'A call needs something to dial, an access call nothing.');
  }
  const callerId = request.toCallerId ?? { name: from.name, number: from.number };
  const destination =
    toTarget === null ? null : { device: to, target: toTarget, callerId, timeoutMs, legId: draft.context.newId() };
  const legId = request.legId ?? draft.context.newId();
  draft.emit(callId, 'originated', connectionId, 'newCall', {
    call: { organizationId, kind, conference: null, from, to, parent: null, data: request.data ?? {}, destination },
    connections: [{ id: connectionId, legId, device: from, direction: 'outgoing', role: 'participant' }],
  });
  draft.effect('signal', { do: 'dial', legId, to: request.fromTarget, callerId: request.callerId, timeoutMs });
}
