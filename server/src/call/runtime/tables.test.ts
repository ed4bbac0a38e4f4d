import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { type Call, type CallKind, callKinds } from '../model/call.ts';
import type { Connection, Role } from '../model/connection.ts';
import { evolve, replay } from '../model/evolve.ts';
import { associateData, associateDataTable } from '../services/associate-data.ts';
import { clearCall, clearCallTable } from '../services/clear-call.ts';
import { enterConference, enterTable } from '../services/enter-conference.ts';
import { generateDigits } from '../services/generate-digits.ts';
import { holdCall } from '../services/hold-call.ts';
import { joinCall, joinCallTable } from '../services/join-call.ts';
import { makeCall, makeCallTable } from '../services/make-call.ts';
import { parkCall } from '../services/park-call.ts';
import { pauseRecording, pauseRecordingTable } from '../services/pause-recording.ts';
import { receiveCallTable } from '../services/receive-call.ts';
import { singleStepConference, singleStepConferenceTable } from '../services/single-step-conference.ts';
import { startRecording, startRecordingTable } from '../services/start-recording.ts';
import { stopRecording, stopRecordingTable } from '../services/stop-recording.ts';
import { unparkCall, unparkCallTable } from '../services/unpark-call.ts';
import { warnModerators, warnModeratorsTable } from '../services/warn-moderators.ts';
import { type Draft, decide, type Step } from '../step/draft.ts';
import { applyCall, type CallPlace, type Place, places, rowOf } from '../step/state-table.ts';
import { ask, extension, policy } from '../testing/runtime-fixture.ts';
import {
  callId,
  callPlaces,
  callWith,
  context,
  type Input,
  inputs,
  type Prepare,
  phone,
  ref,
  self,
} from '../testing/table-inputs.ts';

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
