import { AppError } from '../../base/app-error.ts';
import type { Call, CallKind, Dial } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import type { Cause } from '../model/cause.ts';
import { ownExtension } from '../model/charged.ts';
import type { ConferencePolicy } from '../model/conference-policy.ts';
import type { Connection, ConnectionSeed, Role } from '../model/connection.ts';
import type { Redirection } from '../model/redirection.ts';
import type { Announcement } from '../ports.ts';
import { depart } from './departure.ts';
import type { Draft } from './draft.ts';
import { hearNext, maySound, ringCaller, soundIsHeard } from './early-sound.ts';
import type { Effect } from './effects.ts';
import { waitAtLeg } from './leg-turn.ts';
import { paidBy, type Reached, reach } from './reach.ts';
import { beginRecording } from './recording.ts';
import type { LegReport } from './reports.ts';

type Delivered = Extract<LegReport, { readonly type: 'delivered' }>;

/** How a dialled connection is to come into its call, beside its role. */
type Coming = Partial<
  Pick<
    ConnectionSeed,
    | 'muted'
    | 'deaf'
    | 'coach'
    | 'invitedBy'
    | 'redirectedBy'
    | 'inPlaceOf'
    | 'supervises'
    | 'data'
    | 'charged'
    | 'correlator'
    | 'hunt'
  >
> & {
  readonly legId?: string;
};

/**
 * Dials a new connection into the call, or has it wait at a leg in use; where calls are forwarded, there. Gives its id.
 */
export function dialInto(draft: Draft, callId: string, role: Role, dial: Dial, coming: Coming = {}): string {
  const there = () => [...(draft.find(callId)?.connections.values() ?? [])].map(({ device }) => device);
  const reached = reach(draft, dial, there);
  if (dial.atLeg !== undefined && reached.diverted.length === 0 && reached.refused === null) {
    return waitInto(draft, callId, role, dial, dial.atLeg, coming);
  }
  return dialReached(draft, callId, role, dial, reached, coming);
}

function waitInto(draft: Draft, callId: string, role: Role, dial: Dial, atLeg: string, coming: Coming): string {
  const { device, callerId: shown, timeoutMs, redirections = [] } = dial;
  const id = draft.context.newId();
  const seed = {
    id,
    ...waitAtLeg(draft, callId, atLeg, device, timeoutMs),
    role,
    shown,
    ...coming,
    legId: atLeg,
    ...sentOnBy(redirections),
  };
  draft.emit(callId, 'originated', id, causeOf(draft, callId), { connections: [seed] });
  alert(draft, draft.call(callId), draft.connection(callId, id), { type: 'delivered' });
  return id;
}

/** The new connection is that of whoever is dialled in the end. */
function dialReached(
  draft: Draft,
  callId: string,
  role: Role,
  { callerId, timeoutMs, autoAnswer, redirections = [] }: Dial,
  reached: Reached,
  coming: Coming,
): string {
  const id = draft.context.newId();
  const { legId = draft.context.newId(), ...more } = coming;
  const { device, target, diverted, refused } = reached;
  const pays = paidBy(reached);
  const charged = pays === null ? {} : { charged: pays };
  const seed = {
    id,
    legId,
    device,
    direction: 'outgoing',
    role,
    shown: callerId,
    target,
    ...more,
    ...charged,
    ...sentOnBy(redirections),
  } as const;
  const { organizationId, kind } = draft.emit(callId, 'originated', id, causeOf(draft, callId), {
    connections: [seed],
  });
  for (const diversion of diverted) draft.emit(callId, 'diverted', id, 'normal', diversion);
  if (refused === null && diverted.length > 0) tellForwarded(draft, draft.call(callId));
  const sentOn = sentOnBy(draft.connection(callId, id).redirections ?? []);
  const leg = { legId, to: target, callerId, timeoutMs, ...sentOn, call: { id: callId, organizationId, kind } };
  dialLeg(draft, leg, refused, autoAnswer);
  return id;
}

export function sentOnBy(redirections: readonly Redirection[]): { readonly redirections?: readonly Redirection[] } {
  return redirections.length === 0 ? {} : { redirections };
}

/** Whoever waits for an answer is told that it will be another's. */
export function tellForwarded(draft: Draft, call: Call): void {
  for (const { legId, state, direction } of call.connections.values()) {
    if (state === 'initiated' && direction === 'incoming') draft.effect('signal', { do: 'forwarded', legId });
  }
}

/** The leg is dialled, or told to have failed where nothing is to be dialled. */
export function dialLeg(
  draft: Draft,
  leg: Omit<Extract<Effect, { readonly do: 'dial' }>, 'do' | 'autoAnswer'>,
  refused: Cause | null,
  autoAnswer = false,
): void {
  const asked = autoAnswer ? ({ autoAnswer } as const) : {};
  if (refused === null) draft.effect('signal', { do: 'dial', ...leg, ...asked });
  else draft.effect('after', { do: 'unreached', legId: leg.legId, cause: refused });
}

/** Of a connection that sends the call on: who is told when that fails. */
export function redirectedBy(call: Call, { device }: Connection): Pick<ConnectionSeed, 'redirectedBy'> {
  const extensionId = ownExtension(call, device);
  return extensionId === null ? {} : { redirectedBy: extensionId };
}

/**
 * What a device has from the one in whose place, or beside which, it is dialled: its side of the call. `payer`: who
 * pays in place of whoever did for that.
 */
export function inherited(
  { muted, deaf, data, charged, correlator, inPlaceOf, supervises }: Connection,
  payer: Connection['charged'] = null,
): Coming {
  const pays = payer ?? charged;
  return {
    muted,
    deaf,
    data,
    ...(pays === null ? {} : { charged: pays }),
    ...(correlator === null ? {} : { correlator }),
    ...(inPlaceOf === undefined ? {} : { inPlaceOf }),
    ...(supervises === undefined ? {} : { supervises }),
  };
}

function causeOf(draft: Draft, callId: string): Cause {
  return draft.find(callId)?.kind === 'conference' ? 'conference' : 'newCall';
}

/** A dialled phone rings. */
export function alert(draft: Draft, call: Call, connection: Connection, report: Delivered): void {
  const sounds = report.early === true && maySound(call, connection);
  if (sounds && !soundIsHeard(call)) {
    ringsWithSound(draft, call, connection, report);
    return;
  }
  draft.emit(call.id, 'delivered', connection.id, 'normal', { ...(sounds ? { sounds } : {}), ...answerable(report) });
  // Of several that ring, the first is told.
  if (call.kind === 'call' && call.ringing === 0) ringCaller(draft, call, false);
}

/**
 * A phone that rings sends sound from now on, or no longer; it can be had to answer, or no longer. Nothing for any
 * other news of its ringing.
 */
export function alertOnceMore(draft: Draft, call: Call, connection: Connection, report: Delivered): void {
  const { answerable: can } = report;
  if (can !== undefined && can !== (connection.answerable ?? false)) {
    draft.emit(call.id, 'dataChanged', connection.id, 'normal', { answerable: can });
  }
  if (report.early === undefined || report.early === connection.sounds || !maySound(call, connection)) return;
  if (!report.early) {
    // Whoever heard it hears another phone that sounds, or ringback.
    hearNext(draft, draft.emit(call.id, 'dataChanged', connection.id, 'normal', { early: false, sounds: false }));
  } else if (soundIsHeard(call)) draft.emit(call.id, 'dataChanged', connection.id, 'normal', { sounds: true });
  else ringsWithSound(draft, call, connection, report);
}

function ringsWithSound(draft: Draft, call: Call, connection: Connection, report: Delivered): void {
  draft.emit(call.id, 'delivered', connection.id, 'normal', { early: true, ...answerable(report) });
  ringCaller(draft, call, true);
}

function answerable({ answerable: can }: Delivered): { readonly answerable?: true } {
  return can === true ? { answerable: true } : {};
}

/** A dialled phone answers: the others of its hunt stop ringing. */
export function answered(draft: Draft, call: Call, connection: Connection): void {
  onAnswer[call.kind](draft, endHunt(draft, call, connection), connection);
  // It may have been the one that was heard before its answer.
  const after = draft.find(call.id);
  if (after !== null) hearNext(draft, after);
}

/** Before the answer itself, so that what the answer goes on to dial does not ring together with them. */
function endHunt(draft: Draft, call: Call, winner: Connection): Call {
  if (winner.hunt === null) return call;
  let rest = call;
  for (const other of call.connections.values()) {
    if (other.hunt !== winner.hunt || other.id === winner.id || other.answeredAt !== null) continue;
    rest = draft.emitCleared(rest, other, 'callCancelled');
  }
  return rest;
}

const onAnswer: Readonly<Record<CallKind, (draft: Draft, call: Call, connection: Connection) => void>> = {
  call: (draft, call, connection) => {
    const after = draft.emit(call.id, 'established', connection.id, 'normal', withLeg(connection));
    if (connection.role === 'supervisor') return;
    if (call.parked !== null) draft.emit(call.id, 'dataChanged', connection.id, 'normal', { parked: null });
    const next = after.destination;
    if (next !== null) {
      const { diverted = [], refused = null, legId } = next;
      dialReached(draft, call.id, 'participant', next, { ...next, diverted, refused }, { legId });
      return;
    }
    for (const other of call.connections.values()) {
      if (other.state !== 'initiated' || other.direction !== 'incoming') continue;
      draft.effect('signal', { do: 'answer', legId: other.legId });
      draft.emit(call.id, 'established', other.id, 'normal', {});
    }
    const sender = connection.inPlaceOf === undefined ? undefined : after.connections.get(connection.inPlaceOf);
    if (sender !== undefined) depart(draft, draft.call(call.id), sender, 'transfer');
  },
  access: (draft, call, connection) => {
    draft.emit(call.id, 'established', connection.id, 'normal', withLeg(connection));
  },
  conference: (draft, call, connection) => {
    const after = draft.emit(call.id, 'established', connection.id, 'conference', withLeg(connection));
    welcome(draft, after, connection.id);
  },
};

/** Where it waited at its leg, it has that now. */
function withLeg({ legHere }: Connection): { readonly legHere?: true } {
  return legHere ? {} : { legHere: true };
}

/** Parties of a call that is no scheduled conference. */
const largestCall = 32;

/** Throws when the call, of two or a conference, does not take all who come now. */
export function checkRoom(call: Call, ...coming: readonly Role[]): void {
  const parties = coming.filter((role) => role !== 'supervisor');
  checkSupervisors(call, coming.length - parties.length);
  if (parties.length === 0) return;
  if (call.kind === 'conference') checkAdmission(call, ...parties);
  else if (partiesOf(call) + parties.length > largestCall) {
    throw callError('conferenceFull', 'The call takes no more parties.', { callId: call.id });
  }
}

/** Throws when the conference does not take all of these parties now. */
export function checkAdmission(call: Call, ...coming: readonly Role[]): void {
  const policy = policyOf(call);
  const details = { callId: call.id, conferenceId: policy.conferenceId };
  if (call.locked && coming.some((role) => role !== 'moderator')) {
    throw callError('conferenceLocked', 'The conference is locked.', details);
  }
  checkSize(call, coming.length);
}

/** Throws when the conference has no room for so many more. */
export function checkSize(call: Call, coming: number): void {
  const policy = policyOf(call);
  const details = { callId: call.id, conferenceId: policy.conferenceId };
  if (partiesOf(call) + coming > policy.roomSize) {
    throw callError('conferenceFull', 'The conference is full.', { ...details, roomSize: policy.roomSize });
  }
}

/** How many more come into it, be it a call of two or a conference: who rings has a place already. */
export function roomLeft(call: Call): number {
  return (call.conference?.roomSize ?? largestCall) - partiesOf(call);
}

/** All who are in it, but for those who only supervise. */
function partiesOf(call: Call): number {
  return call.connections.size - call.supervisors.length;
}

/** Those who listen to one call or coach in it. */
const mostSupervisors = 16;

function checkSupervisors(call: Call, coming: number): void {
  if (coming === 0 || call.supervisors.length + coming <= mostSupervisors) return;
  throw callError('conferenceFull', 'The call takes no more supervisors.', { callId: call.id });
}

/** Throws when nobody may supervise this call so. `own`: of one who is in it already. */
export function checkSupervision(
  draft: Draft,
  call: Call,
  mode: 'listen' | 'coach',
  coached: string | undefined,
  own: string | null = null,
): void {
  if ((mode === 'coach') !== (coached !== undefined)) {
    throw new AppError('invalidArgument', 'Name the party to coach in mode coach, and in no other.');
  }
  const supervises = own !== null && call.supervisors.includes(own);
  checkSupervisors(call, supervises ? 0 : 1);
  if (coached === undefined) return;
  const { id, role, answeredAt } = draft.connection(call.id, coached);
  if (role === 'supervisor' || answeredAt === null || id === own) {
    throw new AppError('invalidState', 'Only somebody who has answered can be coached.', { connectionId: coached });
  }
}

/** What is heard when somebody has come into a conference, and the gate that the first moderator opens. */
export function welcome(draft: Draft, call: Call, connectionId: string): void {
  const policy = policyOf(call);
  const connection = draft.connection(call.id, connectionId);
  if (connection.role === 'supervisor') return;
  if (policy.record === 'always' && !call.recording) beginRecording(draft, call, policy.recordTone);
  let after = call;
  if (call.waiting && connection.role === 'moderator') {
    after = draft.emit(call.id, 'dataChanged', null, 'joined', { waiting: false });
  }
  const others = after.answered - 1;
  if (policy.entryTone && others > 0 && !after.waiting) {
    const target = { callId: call.id, except: connection.legId };
    draft.effect('before', { do: 'announce', target, items: [{ tone: 'entry' }] });
  }
  const items: Announcement[] = [];
  if (after.waiting && connection.role === 'participant') items.push({ say: 'waiting-for-moderator' });
  else if (policy.announceCount) items.push({ say: 'participant-count', count: others });
  if (items.length > 0 && connection.legHere) {
    draft.effect('after', { do: 'announce', target: { legId: connection.legId }, items });
  }
}

function policyOf(call: Call): ConferencePolicy {
  if (call.conference !== null) return call.conference;
  throw new AppError('invalidState', 'This call is no conference.', { callId: call.id });
}
