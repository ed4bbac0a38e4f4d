import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { type Call, type CallKind, callKinds } from '../model/call.ts';
import type { Connection, Role } from '../model/connection.ts';
import { evolve, replay } from '../model/evolve.ts';
import { answerCall, answerCallTable } from '../services/answer-call.ts';
import { associateData, associateDataTable } from '../services/associate-data.ts';
import { changeRole, changeRoleTable } from '../services/change-role.ts';
import { clearCall, clearCallTable } from '../services/clear-call.ts';
import { clearConnection, clearConnectionTable } from '../services/clear-connection.ts';
import { consultationCall, consultationCallTable } from '../services/consultation-call.ts';
import { deflectCall, deflectCallTable } from '../services/deflect-call.ts';
import { enterConference, enterTable, handOverTable } from '../services/enter-conference.ts';
import { generateDigits, generateDigitsTable } from '../services/generate-digits.ts';
import { holdCall, holdCallTable } from '../services/hold-call.ts';
import { joinCall, joinCallTable } from '../services/join-call.ts';
import { makeCall, makeCallTable } from '../services/make-call.ts';
import { parkCall, parkCallTable } from '../services/park-call.ts';
import { pauseRecording, pauseRecordingTable } from '../services/pause-recording.ts';
import { pickUpCall, pickUpCallTable } from '../services/pick-up-call.ts';
import { receiveCallTable } from '../services/receive-call.ts';
import { refuseEntry, refuseEntryTable } from '../services/refuse-entry.ts';
import { rejectCall, rejectCallTable } from '../services/reject-call.ts';
import { retrieveCall, retrieveCallTable } from '../services/retrieve-call.ts';
import { sendMessage, sendMessageTable } from '../services/send-message.ts';
import { setHand, setHandTable } from '../services/set-hand.ts';
import { setMute, setMuteTable } from '../services/set-mute.ts';
import { singleStepConference, singleStepConferenceTable } from '../services/single-step-conference.ts';
import { singleStepTransfer, singleStepTransferTable } from '../services/single-step-transfer.ts';
import { startRecording, startRecordingTable } from '../services/start-recording.ts';
import { stopRecording, stopRecordingTable } from '../services/stop-recording.ts';
import { unparkCall, unparkCallTable } from '../services/unpark-call.ts';
import { warnModerators, warnModeratorsTable } from '../services/warn-moderators.ts';
import { type Draft, decide, type Step, type StepContext } from '../step/draft.ts';
import { legReport, reportTables } from '../step/leg-reports.ts';
import type { LegReport } from '../step/reports.ts';
import {
  apply,
  applyCall,
  type CallPlace,
  type Place,
  placeOf,
  places,
  rowOf,
  type StateTable,
} from '../step/state-table.ts';
import { ask, conferenceDevice, extension, policy } from '../testing/runtime-fixture.ts';

const self = 'self';
const callId = 'call';

function context(): StepContext {
  let next = 0;
  return { now: 5000, newId: () => `new${++next}` };
}

const callPlaces: readonly CallPlace[] = ['none', ...callKinds];

type Prepare = (draft: Draft) => void;

/** A call of `kind` with the connection `self` at `place` and a connected other one where the kind has others. */
function callWith(kind: CallKind, place: Place, role: Role = 'participant', others = 1, prepare?: Prepare): Call {
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

interface Input<T> {
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

const ref = { callId, connectionId: self };
const phone = {
  device: extension('109'),
  target: { kind: 'terminal', aor: '109' },
  callerId: { name: '', number: '101' },
  timeoutMs: 1000,
} as const;
const isSupervised = (call: Call): boolean => call.supervisors.length > 0;

const sample: { readonly [Type in LegReport['type']]: Extract<LegReport, { type: Type }> } = {
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

const inputs: Input<never>[] = [
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

/**
 * What must hold after any step: gap-free numbers, replay from the old state, records of all who left, ended when
 * empty.
 */
function checkStep(before: Call | null, step: Step<unknown>): void {
  const states = new Map<string, Call>(before === null ? [] : [[before.id, before]]);
  for (const { event, call } of step.events) {
    const replayed = evolve(states.get(event.callId) ?? null, event);
    states.set(event.callId, replayed);
    assert.deepEqual(facts(replayed), facts(call));
    assert.doesNotThrow(() => JSON.parse(JSON.stringify(event)));
  }
  for (const call of step.calls) {
    if (call.ended) assert.equal(call.connections.size, 0);
    if (call.connections.size === 0) assert.ok(call.ended, 'a call that nobody is in has ended');
    checkCounts(call);
  }
  const cleared = step.events.filter(({ event }) => event.type === 'connectionCleared');
  assert.deepEqual(
    step.records.map((record) => record.connectionId),
    cleared.map(({ event }) => event.connectionId),
  );
}

function facts(call: Call): unknown {
  return { ...call, connections: [...call.connections.values()] };
}

function checkCounts(call: Call): void {
  const all: Connection[] = [...call.connections.values()];
  const parties = all.filter((one) => one.role !== 'supervisor');
  const answered = parties.filter((one) => one.state === 'connected' || one.state === 'hold');
  assert.equal(call.ringing, parties.filter((one) => one.state === 'alerting').length);
  assert.equal(call.early, parties.filter((one) => one.early).length);
  assert.deepEqual(
    new Set(call.supervisors),
    new Set(all.filter((one) => one.role === 'supervisor').map((one) => one.id)),
  );
  assert.equal(call.connected, answered.filter((one) => one.state === 'connected').length);
  assert.equal(call.answered, answered.length);
  assert.equal(call.moderators, answered.filter((one) => one.role === 'moderator').length);
}

test('every input has a row for every state, and does in every kind of call what the row says', () => {
  let pairs = 0;
  for (const input of inputs) {
    assert.deepEqual(Object.keys(input.table).sort(), [...places].sort(), input.name);
    for (const kind of input.kinds ?? callKinds) {
      for (const place of places) {
        for (const role of ['participant', 'moderator', 'supervisor'] as const) {
          for (const others of [1, 2]) {
            checkPair(input, kind, place, role, others);
            pairs += 1;
          }
        }
      }
    }
  }
  const kinds = inputs.reduce((sum, input) => sum + (input.kinds ?? callKinds).length, 0);
  assert.equal(pairs, kinds * places.length * 3 * 2);
});

function checkPair(input: Input<never>, kind: CallKind, place: Place, role: Role, others: number): void {
  // A connection that failed is cleared in the same step, and an access call has one connection: fine to test anyway.
  if (place === 'null' && kind === 'access') return;
  const what = `${input.name} on ${place} in ${kind}`;
  const before = callWith(kind, place, role, others);
  const row = rowOf(input.table, place, kind);
  assert.notEqual(row.rule, 'byKind', what);
  const run = () => decide([before], context(), input.run, undefined);
  if (row.rule === 'refuse') {
    assert.throws(run, (error) => error instanceof AppError && error.code === row.code, what);
    return;
  }
  if (row.rule === 'go' && input.refuses?.(before) === true) {
    assert.throws(run, (error) => error instanceof AppError && error.code === 'invalidState', what);
    return;
  }
  const step = run();
  checkStep(before, step);
  if (row.rule !== 'go') {
    assert.equal(step.events.length, 0, what);
    assert.equal(step.effects.length, 0, what);
    if (input.name.startsWith('report')) assert.equal(step.result, row.rule === 'stay', what);
    return;
  }
  if (input.name.startsWith('report')) assert.equal(step.result, true, what);
  const quiet = input.quiet || input.quietAt?.includes(place);
  if (!quiet && role !== 'supervisor') assert.ok(step.events.length > 0, what);
  const after = step.calls.find((call) => call.id === callId) ?? before;
  const state = after.connections.get(self)?.state ?? 'null';
  assert.equal(state, row.rule === 'go' ? row.next : '', what);
  // Whoever left has no leg any more; whoever is there keeps the call that the leg map says.
  for (const [legId, place] of step.legs) {
    for (const { callId: where, connectionId } of place?.refs ?? []) {
      const holder = step.calls.find((call) => call.id === where)?.connections.get(connectionId);
      assert.equal(holder?.legId, legId, what);
      assert.equal(place?.active?.connectionId === connectionId, holder?.legHere, what);
    }
  }
}

test('every service on a whole call has a row for every kind of call, and none', () => {
  const dial = { target: { kind: 'terminal', aor: 'x' }, callerId: { name: '', number: '' }, timeoutMs: 1 } as const;
  const parked: Prepare = (draft) => {
    if (draft.call(callId).kind !== 'call') return;
    ask(parkCall, draft, { callId, connectionId: 'other0', maxMs: 60_000, returnTo: phone });
  };
  const recorded: Prepare = (draft) => {
    if (draft.call(callId).kind !== 'access') ask(startRecording, draft, { callId });
  };
  const services: { name: string; table: object; run: (draft: Draft) => unknown; prepare?: Prepare }[] = [
    {
      name: 'joinCall',
      table: joinCallTable,
      run: (draft) => ask(joinCall, draft, { callId, mode: 'coach', coached: self, ...phone }),
    },
    {
      name: 'unparkCall',
      table: unparkCallTable,
      run: (draft) => ask(unparkCall, draft, { callId, ...phone }),
      prepare: parked,
    },
    { name: 'startRecording', table: startRecordingTable, run: (draft) => ask(startRecording, draft, { callId }) },
    {
      name: 'stopRecording',
      table: stopRecordingTable,
      run: (draft) => ask(stopRecording, draft, { callId }),
      prepare: recorded,
    },
    {
      name: 'warnModerators',
      table: warnModeratorsTable,
      run: (draft) => ask(warnModerators, draft, { callId, failures: 3, until: null }),
    },
    {
      name: 'pauseRecording',
      table: pauseRecordingTable,
      run: (draft) => ask(pauseRecording, draft, { callId, paused: true }),
      prepare: recorded,
    },
    {
      name: 'associateData',
      table: associateDataTable,
      run: (draft) => ask(associateData, draft, { callId, set: { ticket: 7 } }),
    },
    { name: 'clearCall', table: clearCallTable, run: (draft) => ask(clearCall, draft, { callId }) },
    {
      name: 'receiveCall',
      table: receiveCallTable,
      run: (draft) =>
        applyCall(receiveCallTable, draft, callId, {
          callId,
          connectionId: 'c',
          request: {
            kind: 'call',
            legId: 'N',
            organizationId: 'org',
            from: extension('1'),
            to: extension('2'),
            ...dial,
          },
        }),
    },
    {
      name: 'makeCall',
      table: makeCallTable,
      run: (draft) =>
        ask(makeCall, draft, {
          kind: 'call',
          callId,
          organizationId: 'org',
          from: extension('1'),
          fromTarget: dial.target,
          callerId: dial.callerId,
          to: extension('2'),
          toTarget: dial.target,
          timeoutMs: 1,
        }),
    },
    {
      name: 'singleStepConference',
      table: singleStepConferenceTable,
      run: (draft) =>
        ask(singleStepConference, draft, {
          into: { policy: policy() },
          device: extension('9'),
          role: 'participant',
          ...dial,
        }),
    },
    {
      name: 'enterConference',
      table: enterTable,
      run: (draft) =>
        ask(enterConference, draft, {
          legId: 'N',
          device: extension('9'),
          policy: policy(),
          role: 'participant',
        }),
    },
  ];
  for (const service of services) {
    assert.deepEqual(Object.keys(service.table).sort(), [...callPlaces].sort());
    for (const place of callPlaces) {
      const before = place === 'none' ? null : callWith(place, 'connected', 'participant', 1, service.prepare);
      const row = (service.table as Record<CallPlace, { rule: string; code?: string }>)[place];
      const run = () => decide(before === null ? [] : [before], context(), service.run, undefined);
      const what = `${service.name} on ${place}`;
      if (row.rule === 'refuse') {
        assert.throws(run, (error) => error instanceof AppError && error.code === row.code, what);
      } else {
        const step = run();
        checkStep(before, step);
        assert.ok(step.events.length > 0, what);
      }
    }
  }
});

test('what a service is asked is checked', () => {
  const before = callWith('call', 'connected');
  const send = (digits: string, durationMs?: number) => () =>
    decide(
      [before],
      context(),
      (draft) => ask(generateDigits, draft, { ...ref, digits, ...(durationMs === undefined ? {} : { durationMs }) }),
      undefined,
    );
  for (const digits of ['', '12a', '1 2', '1'.repeat(65), 'E'])
    assert.throws(send(digits), { code: 'invalidArgument' });
  for (const ms of [0, -1, 39, 6001, Number.NaN]) assert.throws(send('1', ms), { code: 'invalidArgument' });
  assert.equal(send('0123456789*#ABCD', 40)().events.length, 1);
  assert.throws(
    () =>
      decide([before], context(), (draft) => ask(holdCall, draft, { callId: 'other', connectionId: self }), undefined),
    { code: 'callNotFound' },
  );
});

test('a log with a gap, or that begins in the middle, is refused', () => {
  const step = decide([callWith('call', 'connected')], context(), (draft) => ask(holdCall, draft, ref), undefined);
  const held = step.events[0]!.event;
  assert.throws(() => replay([held]), /does not begin/);
  assert.throws(() => evolve(callWith('call', 'hold'), held), /event 5 after/);
  assert.equal(replay([]), null);
});
