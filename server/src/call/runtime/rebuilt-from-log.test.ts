import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../model/call.ts';
import type { CallRecord } from '../model/call-record.ts';
import { recordOf } from '../model/call-record-of.ts';
import type { DialTarget } from '../model/device.ts';
import type { CallEvent } from '../model/events.ts';
import { evolve, replay } from '../model/evolve.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { enterConference } from '../services/enter-conference.ts';
import { makeCall } from '../services/make-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { singleStepTransfer } from '../services/single-step-transfer.ts';
import { transferCall } from '../services/transfer-call.ts';
import { CountingBudget } from '../testing/counting-budget.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';

const outside = (number: string) => ({
  device: { kind: 'external', number, name: '' } as const,
  target: { kind: 'trunk', trunk: 'carrier', number, account: '1-7' } as const satisfies DialTarget,
});
const rings = { callerId: { name: '', number: '211' }, timeoutMs: 5000 };

function logs(store: MemoryCallStore): (readonly CallEvent[])[] {
  return store.callIds().map((callId) => store.log(callId));
}

/** Legs over trunks that the calls of these logs hold, and where they were dialled. */
function dialledLegs(store: MemoryCallStore): Map<string, string> {
  const legs = new Map<string, string>();
  const add = (legId: string, target: DialTarget | null) => {
    if (target?.kind === 'trunk') legs.set(legId, target.number);
  };
  for (const log of logs(store)) {
    const call = replay(log);
    if (call === null || call.ended) continue;
    for (const { legId, target } of call.connections.values()) add(legId, target);
    if (call.destination !== null) add(call.destination.legId, call.destination.target);
  }
  return legs;
}

/** The record of every connection that ended, from nothing but the events. */
function records(store: MemoryCallStore): CallRecord[] {
  const found: CallRecord[] = [];
  for (const log of logs(store)) {
    let before: Call | null = null;
    for (const event of log) {
      const connection = event.connectionId === null ? undefined : before?.connections.get(event.connectionId);
      if (event.type === 'connectionCleared' && before !== null && connection !== undefined) {
        found.push(recordOf(before, connection, event.cause, event.at));
      }
      before = evolve(before, event);
    }
  }
  return found;
}

test('who is dialled where, what that holds of the budget, and every record can be told from the log alone', async () => {
  const budget = new CountingBudget(100);
  const fixture = new RuntimeFixture(1, new MemoryCallStore(), budget);
  const { runtime, store } = fixture;
  const agree = async (what: string, numbers: readonly string[]) => {
    await fixture.settle();
    const legs = dialledLegs(store);
    assert.deepEqual(new Set(legs.keys()), budget.held, what);
    assert.deepEqual([...legs.values()].toSorted(), numbers.toSorted(), what);
    const byId = (all: readonly CallRecord[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    assert.deepEqual(byId(records(store)), byId(store.allRecords()), what);
  };

  const { device: from, target: fromTarget } = outside('1');
  const { device: to, target: toTarget } = outside('2');
  const made = await runtime.do(makeCall, {
    ...rings,
    kind: 'call',
    organizationId: 'org',
    from,
    fromTarget,
    to,
    toTarget,
  });
  await agree('one is dialled, the other paid for', ['1', '2']);
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await agree('the other is dialled', ['1', '2']);
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  await runtime.do(singleStepTransfer, { ...made, ...outside('3'), ...rings });
  await agree('another is dialled for the first', ['2', '3']);

  const legId = 'ab'.repeat(10);
  await runtime.do(singleStepConference, {
    ...outside('4'),
    ...rings,
    into: { policy: policy() },
    role: 'participant',
    legId,
  });
  runtime.report(legId, { type: 'answered' });
  await agree('into a conference', ['2', '3', '4']);
  const inside = runtime.refOfLeg(legId)!;
  await runtime.do(enterConference, { legId: 'in', device: extension('100'), policy: policy(), role: 'participant' });
  const out = await runtime.do(singleStepTransfer, { ...inside, ...outside('5'), ...rings });
  await agree('out of it, with its leg', ['2', '3', '4', '5']);
  runtime.report(runtime.call(out.callId)!.connections.get(out.connectionId)!.legId, { type: 'failed', cause: 'busy' });
  await agree('which comes to nothing', ['2', '3']);

  const original = await runtime.do(receiveCall, {
    ...rings,
    kind: 'call',
    legId: 'caller',
    organizationId: 'org',
    from: extension('100'),
    to: to,
    target: outside('6').target,
  });
  const agentLeg = fixture.lastDialled();
  runtime.report(agentLeg, { type: 'answered' });
  await fixture.settle();
  const agent = runtime.refOfLeg(agentLeg)!;
  const consult = await runtime.do(consultationCall, { ...agent, ...outside('7'), ...rings });
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await agree('one leg in two calls', ['2', '3', '6', '7']);
  await runtime.do(transferCall, { original: agent, consult });
  await agree('and gone out of both', ['2', '3', '7']);
  assert.ok(runtime.call(original.callId) !== null);
  await runtime.close();
  await agree('all is over', []);
  assert.deepEqual(budget.faults, []);
});

test('a log of before has no typed fields, and what was attached instead; it replays and ends as it did', () => {
  const phone = extension('100');
  const note = { phoneCall: { extension: 'x100', nonce: 'n', allowPublicTransfer: false }, conferenceNumber: '3' };
  const seed = { id: 'a', legId: 'l', device: phone, direction: 'outgoing', role: 'participant', data: note } as const;
  const call = {
    organizationId: 'org',
    kind: 'access',
    conference: null,
    from: phone,
    to: null,
    parent: null,
    data: note,
    destination: null,
    charged: 'x100',
  } as const;
  const base = { callId: 'c', at: 5, cause: 'normal' } as const;
  const opened = replay([
    { ...base, seq: 1, type: 'originated', connectionId: 'a', data: { call, connections: [seed] } },
    { ...base, seq: 2, type: 'established', connectionId: 'a', data: {} },
  ])!;
  assert.partialDeepStrictEqual(opened, { charged: 'x100', correlator: null, conferenceNumber: null, data: note });
  assert.equal(opened.publicTransfer, true);
  const connection = opened.connections.get('a')!;
  assert.deepEqual([connection.target, connection.correlator, connection.data], [null, null, note]);
  assert.equal(recordOf(opened, connection, 'normal', 9).charged, 'x100');
});
