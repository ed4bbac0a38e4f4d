import { AppError } from '../../base/app-error.ts';
import type { CallRef, Destination, Dial } from '../model/call.ts';
import type { ConnectionSeed } from '../model/connection.ts';
import { type CallerId, type DialTarget, isSameExtension } from '../model/device.ts';
import type { Diversion } from '../model/events.ts';
import { dialLeg, sentOnBy } from '../step/arrival.ts';
import { firstData } from '../step/attach-data.ts';
import type { Draft } from '../step/draft.ts';
import { mainRef } from '../step/leg-place.ts';
import { paidBy, reach } from '../step/reach.ts';
import { applyCall, type CallTable, callExists, goCall } from '../step/state-table.ts';
import { beginAtLeg } from './begin-at-leg.ts';
import type { MakeCall } from './requests.ts';
import { callsAtLeg, type Service } from './service.ts';

type Input = CallRef & { readonly request: MakeCall };

/** Phones that ring for the one that was asked for. */
const mostAlternatives = 16;
const longestMs = 24 * 3_600_000;

/**
 * MakeCall: rings the originating device; its answer dials the other (see arrival.ts). Call: none → opened; there →
 * refused.
 */
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
  calls: ({ request: { fromLeg }, callId }, { legs }) => [
    callId,
    ...callsAtLeg(fromLeg === undefined ? {} : { atLeg: fromLeg }, legs),
  ],
  dials: ({ request }) => request.legId,
  step(draft, input) {
    const { callId, connectionId } = input;
    applyCall(makeCallTable, draft, callId, input);
    return { callId, connectionId };
  },
};

function open(draft: Draft, _call: unknown, { request, callId, connectionId }: Input): void {
  check(request);
  if (request.fromLeg !== undefined) {
    beginOnHeldLeg(draft, request, request.fromLeg, { callId, connectionId });
    return;
  }
  const { kind, organizationId, from, to, alternatives = [], callerId, timeoutMs } = request;
  const phones = [{ device: from, target: request.fromTarget }, ...alternatives];
  const hunt = phones.length > 1 ? draft.context.newId() : null;
  const autoAnswer = request.autoAnswer === true;
  const connections: ConnectionSeed[] = [];
  const diversions: { readonly id: string; readonly diversion: Diversion }[] = [];
  for (const [at, phone] of phones.entries()) {
    const legId = (at === 0 ? request.legId : undefined) ?? draft.context.newId();
    const id = at === 0 ? connectionId : draft.context.newId();
    const reached = reach(draft, { ...phone, callerId, timeoutMs, autoAnswer }, () => []);
    const { device, target, refused } = reached;
    const pays = paidBy(reached);
    const charged = pays === null ? {} : { charged: pays };
    const seed = { id, legId, device, direction: 'outgoing', role: 'participant', shown: callerId, target } as const;
    connections.push({ ...seed, hunt, ...charged });
    for (const diversion of reached.diverted) diversions.push({ id, diversion });
    const call = { id: callId, organizationId, kind };
    const redirections = reached.diverted.map(({ by }) => ({ by, reason: 'unconditional' }) as const);
    const leg = { legId, to: target, callerId, timeoutMs, call, ...sentOnBy(redirections) };
    dialLeg(draft, leg, refused, autoAnswer);
  }
  const destination = destinationOf(draft, request);
  const call = { ...seedOf(request), kind, conference: null, from, to, destination };
  draft.emit(callId, 'originated', connectionId, 'newCall', { call, connections });
  for (const { id, diversion } of diversions) draft.emit(callId, 'diverted', id, 'normal', diversion);
}

/** What the call is besides who is in it. */
function seedOf(request: MakeCall) {
  const { organizationId, charged = null, correlator = null, publicTransfer, durationMs = null } = request;
  const { conferenceNumber = null } = request;
  return {
    organizationId,
    parent: null,
    data: firstData(request.data),
    durationMs,
    ...(charged === null ? {} : { charged }),
    ...(correlator === null ? {} : { correlator }),
    ...(publicTransfer === undefined ? {} : { publicTransfer }),
    ...(conferenceNumber === null ? {} : { conferenceNumber }),
  };
}

/** The phone has answered long ago, and what it is in is on hold. */
function beginOnHeldLeg(draft: Draft, request: MakeCall, legId: string, ref: CallRef): void {
  const place = draft.leg(legId);
  const at = place === null ? null : mainRef(place);
  const from = at === null ? null : draft.connection(at.callId, at.connectionId);
  if (from === null || from.answeredAt === null || !isSameExtension(from.device, request.from)) {
    throw new AppError('conflict', 'This phone is in no call beside which it could begin another.', { legId });
  }
  if (place?.active !== null && from.state !== 'hold') {
    throw new AppError('invalidState', 'This phone is in another call: put that on hold first.', { legId });
  }
  if (request.toTarget === null) return;
  beginAtLeg(draft, { ...ref, from, call: seedOf(request), dial: dialOf(request, request.toTarget) });
}

/** Digits of a conference's number. */
const conferenceNumberForm = /^[0-9]{1,20}$/;

function check({ kind, toTarget, alternatives = [], durationMs, conferenceNumber = null, fromLeg }: MakeCall): void {
  if (fromLeg !== undefined && (kind !== 'call' || alternatives.length > 0)) {
    throw new AppError('invalidArgument', 'At a phone in use only a call of two can begin.');
  }
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

function destinationOf(draft: Draft, request: MakeCall): Destination | null {
  const { toTarget, timeoutMs } = request;
  if (toTarget === null) return null;
  const callers = [request.from, ...(request.alternatives ?? []).map(({ device }) => device)];
  const { diverted, refused, ...place } = reach(draft, dialOf(request, toTarget), () => callers);
  return {
    ...place,
    callerId: shownTo(request),
    timeoutMs,
    legId: draft.context.newId(),
    ...(diverted.length === 0 ? {} : { diverted }),
    ...(refused === null ? {} : { refused }),
  };
}

function dialOf(request: MakeCall, target: DialTarget): Dial {
  return { device: request.to, target, callerId: shownTo(request), timeoutMs: request.timeoutMs };
}

function shownTo({ from, toCallerId }: MakeCall): CallerId {
  return toCallerId ?? { name: from.name, number: from.number };
}
