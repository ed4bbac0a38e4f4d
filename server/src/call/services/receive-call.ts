import type { CallRef } from '../model/call.ts';
import { dialInto } from '../step/arrival.ts';
import type { Draft } from '../step/draft.ts';
import { applyCall, type CallTable, callExists, goCall } from '../step/state-table.ts';
import { type Held, heldBy, otherCallsOf } from './held-by.ts';
import type { ReceiveAccess, ReceiveCall, ReceiveDevice } from './requests.ts';
import { callsAtLeg, type Service } from './service.ts';

type Received = CallRef & { readonly request: ReceiveCall };
/** `parent`: the call that its caller has put on hold for it. */
type Input<Request> = CallRef & { readonly request: Request; readonly parent?: Held | null | undefined };

/** An INVITE came in. Call: none → opened; there → refused. */
export const receiveCallTable: CallTable<Input<ReceiveCall>, void> = {
  none: goCall((draft, _call, { request, callId, connectionId, parent }) => {
    if (request.kind === 'call') receive(draft, { request, callId, connectionId, parent });
    else access(draft, { request, callId, connectionId, parent });
  }),
  call: callExists,
  access: callExists,
  conference: callExists,
};

/** Gives the connection of the leg that came in; its reports belong to the call even before this resolves. */
export const receiveCall: Service<ReceiveCall, CallRef, Received> = {
  opens: () => true,
  prepare: (request, { newId }) => ({ request, callId: newId(), connectionId: newId() }),
  calls: ({ request, callId }, around) => [
    callId,
    ...otherCallsOf(request.from, around),
    ...(request.kind === 'call' ? callsAtLeg(request, around.legs) : []),
  ],
  receives: ({ request: { legId }, callId, connectionId }) => ({ legId, ref: { callId, connectionId } }),
  step(draft, input, around) {
    const { callId, connectionId } = input;
    const parent = heldBy(draft, input.request.from, otherCallsOf(input.request.from, around));
    applyCall(receiveCallTable, draft, callId, { ...input, parent });
    return { callId, connectionId };
  },
};

function receive(draft: Draft, input: Input<ReceiveDevice>): void {
  open(draft, input);
  const { to, ...dial } = input.request;
  dialInto(draft, input.callId, 'participant', { ...dial, device: to });
}

function access(draft: Draft, input: Input<ReceiveAccess>): void {
  open(draft, input);
  draft.effect('signal', { do: 'answer', legId: input.request.legId });
  draft.emit(input.callId, 'established', input.connectionId, 'newCall', {});
}

function open(draft: Draft, { request, callId, connectionId, parent = null }: Input<ReceiveCall>): void {
  const { organizationId, kind, from, to, legId } = request;
  const known = parent == null || parent.knownAs === null ? {} : { parent: parent.knownAs };
  draft.emit(callId, 'originated', connectionId, 'newCall', {
    call: { organizationId, kind, conference: null, from, to, parent: parent?.id ?? null, data: {}, destination: null },
    connections: [{ id: connectionId, legId, device: from, direction: 'incoming', role: 'participant', ...known }],
  });
}
