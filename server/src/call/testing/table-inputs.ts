import assert from 'node:assert/strict';
import { type Call, type CallKind, callKinds } from '../model/call.ts';
import type { Role } from '../model/connection.ts';
import { answerCall, answerCallTable } from '../services/answer-call.ts';
import { changeRole, changeRoleTable } from '../services/change-role.ts';
import { clearConnection, clearConnectionTable } from '../services/clear-connection.ts';
import { consultationCall, consultationCallTable } from '../services/consultation-call.ts';
import { deflectCall, deflectCallTable } from '../services/deflect-call.ts';
import { handOverTable } from '../services/enter-conference.ts';
import { generateDigits, generateDigitsTable } from '../services/generate-digits.ts';
import { holdCall, holdCallTable } from '../services/hold-call.ts';
import { parkCall, parkCallTable } from '../services/park-call.ts';
import { pickUpCall, pickUpCallTable } from '../services/pick-up-call.ts';
import { refuseEntry, refuseEntryTable } from '../services/refuse-entry.ts';
import { rejectCall, rejectCallTable } from '../services/reject-call.ts';
import { retrieveCall, retrieveCallTable } from '../services/retrieve-call.ts';
import { sendMessage, sendMessageTable } from '../services/send-message.ts';
import { setHand, setHandTable } from '../services/set-hand.ts';
import { setMute, setMuteTable } from '../services/set-mute.ts';
import { singleStepTransfer, singleStepTransferTable } from '../services/single-step-transfer.ts';
import { type Draft, decide, type StepContext } from '../step/draft.ts';
import { legReport, reportTables } from '../step/leg-reports.ts';
import type { LegReport } from '../step/reports.ts';
import { apply, type CallPlace, type Place, placeOf, type StateTable } from '../step/state-table.ts';
import { ask, conferenceDevice, extension, policy } from './runtime-fixture.ts';

export const self = 'self';

export const callId = 'call';

export function context(): StepContext {
  let next = 0;
  return { now: 5000, newId: () => `new${++next}` };
}

export const callPlaces: readonly CallPlace[] = ['none', ...callKinds];

export type Prepare = (draft: Draft) => void;

/** A call of `kind` with the connection `self` at `place` and a connected other one where the kind has others. */
export function callWith(
  kind: CallKind,
  place: Place,
  role: Role = 'participant',
  others = 1,
  prepare?: Prepare,
): Call {
  const build = (draft: Draft) => {
    const conference = kind === 'conference' ? policy({ record: 'choice' }) : null;
    draft.emit(callId, 'originated', null, 'newCall', {
      call: {
        organizationId: 'org',
        kind,
        conference,
        from: kind === 'conference' ? null : extension('100'),
        to: kind === 'conference' ? null : kind === 'access' ? conferenceDevice : extension('101'),
        parent: null,
        data: {},
        destination: null,
      },
      connections: [],
    });
    for (let i = 0; i < (kind === 'access' ? 0 : others); i++) {
      const seed = { id: `other${i}`, legId: `L${i}`, device: extension(`20${i}`), direction: 'incoming' } as const;
      draft.emit(callId, 'established', `other${i}`, 'joined', { connection: { ...seed, role: 'participant' } });
    }
    if (place === 'null') return;
    const outgoing = place === 'initiatedOutgoing' || place === 'alerting' || place === 'fail';
    const seed = { id: self, legId: 'L', device: extension('101'), role } as const;
    const direction = outgoing ? 'outgoing' : 'incoming';
    draft.emit(callId, 'originated', self, 'newCall', { connections: [{ ...seed, direction }] });
    if (place === 'alerting') draft.emit(callId, 'delivered', self, 'normal', {});
    if (place === 'fail') draft.emit(callId, 'failed', self, 'busy', {});
    if (place === 'connected' || place === 'hold') draft.emit(callId, 'established', self, 'normal', {});
    if (place === 'hold') draft.emit(callId, 'held', self, 'normal', {});
  };
  const prepared = (draft: Draft) => {
    build(draft);
    prepare?.(draft);
  };
  const step = decide([], { ...context(), now: 1000 }, prepared, undefined);
  const call = step.calls[0]!;
  assert.equal(placeOf(call.connections.get(self)), place);
  return call;
}

export interface Input<T> {
  readonly name: string;
  readonly table: StateTable<T>;
  readonly run: (draft: Draft) => unknown;
  /** Some rows act only if there is something to change. */
  readonly quiet?: boolean;
  /** Where only a connection with early sound acts. */
  readonly quietAt?: readonly Place[];
  /** Of the calls in which its row acts, those that it refuses for what else is in them. */
  readonly refuses?: (before: Call) => boolean;
  /** Default: all. */
  readonly kinds?: readonly CallKind[];
}

export const ref = { callId, connectionId: self };

export const phone = {
  device: extension('109'),
  target: { kind: 'terminal', aor: '109' },
  callerId: { name: '', number: '101' },
  timeoutMs: 1000,
} as const;

export const isSupervised = (call: Call): boolean => call.supervisors.length > 0;

export const sample: { readonly [Type in LegReport['type']]: Extract<LegReport, { type: Type }> } = {
  delivered: { type: 'delivered' },
  sentOn: { type: 'sentOn', to: '5' },
  answered: { type: 'answered' },
  failed: { type: 'failed', cause: 'busy' },
  cleared: { type: 'cleared', cause: 'normal' },
  heldByPeer: { type: 'heldByPeer' },
  retrievedByPeer: { type: 'retrievedByPeer' },
  digit: { type: 'digit', digit: '5', durationMs: 100 },
  talking: { type: 'talking', talking: true },
  mediaLost: { type: 'mediaLost' },
};

export const inputs: Input<never>[] = [
  ...(Object.keys(sample) as LegReport['type'][]).map((type) => ({
    name: `report ${type}`,
    table: reportTables[type] as StateTable<never>,
    run: (draft: Draft) => legReport(draft, { legId: 'L', report: sample[type] }),
    // A phone that rings already is heard of once more when its sound comes.
    quiet: type === 'delivered',
    quietAt: type === 'digit' ? ['initiatedIncoming', 'alerting'] : [],
  })),
  {
    name: 'report delivered early',
    table: reportTables.delivered,
    run: (draft) => legReport(draft, { legId: 'L', report: { type: 'delivered', early: true } }),
  },
  {
    name: 'singleStepTransfer',
    table: singleStepTransferTable,
    run: (draft) => ask(singleStepTransfer, draft, { ...ref, ...phone }),
    refuses: isSupervised,
  },
  {
    name: 'singleStepTransfer of another',
    table: singleStepTransferTable,
    run: (draft) => ask(singleStepTransfer, draft, { callId, connectionId: 'other0', transferred: self, ...phone }),
    refuses: isSupervised,
    kinds: ['conference'],
  },
  {
    name: 'parkCall',
    table: parkCallTable,
    run: (draft) => ask(parkCall, draft, { ...ref, maxMs: 60_000, returnTo: phone }),
    refuses: (before) => isSupervised(before) || before.connections.size !== 2,
  },
  {
    name: 'pickUpCall',
    table: pickUpCallTable,
    run: (draft) => ask(pickUpCall, draft, { ...ref, ...phone }),
    refuses: isSupervised,
  },
  {
    name: 'deflectCall',
    table: deflectCallTable,
    run: (draft) => ask(deflectCall, draft, { ...ref, ...phone }),
    refuses: isSupervised,
  },
  { name: 'rejectCall', table: rejectCallTable, run: (draft) => ask(rejectCall, draft, ref) },
  {
    name: 'answerCall',
    table: answerCallTable,
    run: (draft) => ask(answerCall, draft, ref),
    // Answered by its user: it waits at no leg in another call.
    refuses: (before) => before.connections.get(self)?.state === 'alerting',
  },
  {
    name: 'changeRole',
    table: changeRoleTable,
    run: (draft) => ask(changeRole, draft, { ...ref, mode: 'listen' }),
    refuses: (before) => !isSupervised(before) && before.answered < 3,
  },
  {
    name: 'changeRole to a party',
    table: changeRoleTable,
    run: (draft) => ask(changeRole, draft, { ...ref, mode: 'barge' }),
    quiet: true,
  },
  {
    name: 'consultationCall',
    table: consultationCallTable as StateTable<never>,
    run: (draft) => ask(consultationCall, draft, { ...ref, ...phone }),
    refuses: isSupervised,
  },
  { name: 'holdCall', table: holdCallTable, run: (draft) => ask(holdCall, draft, ref) },
  { name: 'retrieveCall', table: retrieveCallTable, run: (draft) => ask(retrieveCall, draft, ref) },
  { name: 'clearConnection', table: clearConnectionTable, run: (draft) => ask(clearConnection, draft, ref) },
  { name: 'setMute', table: setMuteTable, run: (draft) => ask(setMute, draft, { ...ref, muted: true }) },
  { name: 'setMute to what is', table: setMuteTable, run: (draft) => ask(setMute, draft, ref), quiet: true },
  { name: 'setHand', table: setHandTable, run: (draft) => ask(setHand, draft, { ...ref, raised: true }) },
  {
    name: 'setHand to what is',
    table: setHandTable,
    run: (draft) => ask(setHand, draft, { ...ref, raised: false }),
    quiet: true,
  },
  {
    name: 'sendMessage',
    table: sendMessageTable,
    run: (draft) => ask(sendMessage, draft, { ...ref, text: 'hello', to: null }),
  },
  {
    name: 'refuseEntry',
    table: refuseEntryTable,
    run: (draft) => ask(refuseEntry, draft, { ...ref, why: 'wrongPin', conference: '3', until: null }),
  },
  {
    name: 'generateDigits',
    table: generateDigitsTable,
    run: (draft) => ask(generateDigits, draft, { ...ref, digits: '12#' }),
    // Who still waits has nobody that hears.
    refuses: (before) => before.connections.get(self)?.state === 'initiated',
  },
  {
    name: 'enterConference',
    table: handOverTable as StateTable<never>,
    run: (draft) =>
      apply(handOverTable, draft, draft.call(callId), self, {
        callId: 'conference',
        connectionId: 'there',
        request: { legId: 'L', policy: policy(), role: 'participant' },
      }),
  },
] as Input<never>[];
