import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialTarget } from '../model/device.ts';
import { associateData } from '../services/associate-data.ts';
import { clearCall } from '../services/clear-call.ts';
import { makeCall } from '../services/make-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import type { MakeCall } from '../services/requests.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { singleStepTransfer } from '../services/single-step-transfer.ts';
import { CountingBudget } from '../testing/counting-budget.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';

const trunk: DialTarget = { kind: 'trunk', trunk: 'carrier', number: '3235550100', account: '1-7' };
const terminal: DialTarget = { kind: 'terminal', aor: '100' };
const abroad = { kind: 'external', number: '3235550100', name: '' } as const;

function setting(most: number) {
  const budget = new CountingBudget(most);
  const fixture = new RuntimeFixture(1, new MemoryCallStore(), budget);
  const make = (change: Partial<MakeCall> = {}) =>
    fixture.runtime.do(makeCall, {
      kind: 'call',
      organizationId: 'org',
      from: extension('100'),
      fromTarget: terminal,
      callerId: { name: '', number: '100' },
      to: abroad,
      toTarget: trunk,
      timeoutMs: 9000,
      ...change,
    });
  const invite = (conferenceId: string) =>
    fixture.runtime.do(singleStepConference, {
      into: { policy: policy({ conferenceId, roomSize: 1000 }) },
      device: abroad,
      target: trunk,
      callerId: { name: '', number: '211' },
      timeoutMs: 9000,
      role: 'participant',
    });
  return { budget, fixture, make, invite };
}

test('racing requests never take more than there is, whatever the disk does', async () => {
  const { budget, fixture, make, invite } = setting(10);
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const asked = [];
  // The second phone of a call is paid for when the call is made; inviting needs the queue of its conference.
  for (let i = 0; i < 60; i++) asked.push(i % 2 === 0 ? make() : invite(`c${i % 4}`));
  const results = await Promise.allSettled(asked);
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 10);
  for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 'limitExceeded');
  assert.equal(budget.peak, 10);
  // Nothing of a refused one was logged, dialled or left behind.
  const dialled = fixture.ports.effects.filter((effect) => effect.do === 'dial').length;
  assert.equal(dialled, 10);
  const connections = fixture.runtime.snapshot().reduce((sum, call) => sum + call.connections.size, 0);
  assert.equal(connections, 10);
  await fixture.runtime.close();
  assert.deepEqual([budget.held.size, budget.faults], [0, []]);
});

test('who is charged, where it goes, and for which conference is told', async () => {
  const { budget, make, invite } = setting(10);
  await make();
  await invite('weekly');
  assert.deepEqual(
    budget.asked.map(({ legId: _, ...rest }) => rest),
    [
      { organizationId: 'org', conferenceId: null, target: trunk },
      { organizationId: 'org', conferenceId: 'weekly', target: trunk },
    ],
  );
});

test('the second phone is paid for once, with the leg that is dialled, and is dialled though nothing is left', async () => {
  const { budget, fixture, make } = setting(1);
  const { callId } = await make();
  const [promised] = budget.held;
  await assert.rejects(make(), { code: 'limitExceeded' });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.lastDialled(), promised);
  assert.equal(budget.asked.length, 2);
  fixture.runtime.report(promised!, { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId), null);
  assert.deepEqual([budget.held.size, budget.faults], [0, []]);
});

test('all or nothing: when one of several phones is refused none is dialled, and what was taken is given back', async () => {
  const { budget, fixture, make } = setting(2);
  const phones = [trunk, trunk].map((target) => ({ device: abroad, target }));
  await assert.rejects(make({ fromTarget: trunk, alternatives: phones }), { code: 'limitExceeded' });
  assert.deepEqual([budget.held.size, fixture.ports.effects.length, fixture.store.callIds().length], [0, 0, 0]);
  await make({ fromTarget: trunk, alternatives: [] });
  assert.equal(budget.held.size, 2);
});

test('what the disk refuses, the first phone that fails, and the caller who gives up give back', async () => {
  const { budget, fixture, make } = setting(5);
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(make(), { code: 'unavailable' });
  assert.deepEqual([budget.held.size, budget.spared.length], [0, 1]);
  fixture.store.beforeAppend = null;
  await make();
  fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause: 'noAnswer' });
  await fixture.settle();
  // The second phone was never dialled.
  assert.deepEqual([budget.held.size, budget.spared.length], [0, 2]);
  const received = fixture.runtime.do(receiveCall, {
    kind: 'call',
    legId: 'A',
    organizationId: 'org',
    from: extension('100'),
    to: abroad,
    target: trunk,
    callerId: { name: '', number: '' },
    timeoutMs: 1,
  });
  assert.equal(budget.held.size, 1);
  fixture.runtime.report('A', { type: 'cleared', cause: 'callCancelled' });
  await received;
  await fixture.settle();
  assert.deepEqual([budget.held.size, budget.spared.length, budget.faults], [0, 2, []]);
});

test('a leg keeps what it took when it goes from one call to another', async () => {
  const { budget, fixture, invite } = setting(5);
  const inside = await invite('weekly');
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  const phone = { device: extension('1'), target: terminal, callerId: { name: '', number: '' }, timeoutMs: 1 };
  const { callId } = await fixture.runtime.do(singleStepTransfer, { ...inside, ...phone });
  assert.equal(fixture.runtime.call(inside.callId), null);
  assert.equal(budget.held.size, 1);
  await fixture.runtime.do(clearCall, { callId });
  assert.deepEqual([budget.held.size, budget.faults], [0, []]);
});

test('a refused caller can be answered with the reason: the leg is forgotten', async () => {
  const { fixture } = setting(0);
  const request = { kind: 'call', legId: 'A', organizationId: 'org', from: extension('1'), to: abroad } as const;
  const dial = { target: trunk, callerId: { name: '', number: '' }, timeoutMs: 1 };
  await assert.rejects(fixture.runtime.do(receiveCall, { ...request, ...dial }), { code: 'limitExceeded' });
  assert.equal(fixture.runtime.refOfLeg('A'), null);
});

test('the next run remembers what was dialled within the minute, with whom it counts for, however much happened since', async () => {
  const { fixture, make, invite } = setting(100);
  await make({ fromTarget: trunk, toTarget: terminal });
  fixture.clock.advance(30_000);
  const recent = await make({ fromTarget: trunk, toTarget: terminal });
  const at = fixture.clock.now();
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  // Promised, and never dialled: its first phone does not answer.
  await make();
  const inside = await invite('weekly');
  const leg = fixture.lastDialled();
  fixture.runtime.report(leg, { type: 'answered' });
  await fixture.settle();
  fixture.clock.advance(31_000);
  const later = fixture.clock.now();
  await invite('weekly');
  // What comes from one call to another is not dialled once more.
  const phone = { device: extension('1'), target: terminal, callerId: { name: '', number: '' }, timeoutMs: 1 };
  await fixture.runtime.do(singleStepTransfer, { ...inside, ...phone });
  for (let i = 0; i < 1200; i++) await fixture.runtime.do(associateData, { callId: recent.callId, set: { turn: i } });

  const budget = new CountingBudget(0);
  const next = new RuntimeFixture(2, fixture.store, budget);
  next.clock.advance(fixture.clock.now() - next.clock.now());
  await next.runtime.recover();
  assert.deepEqual(
    budget.remembered.map(([{ legId: _, ...dial }, when]) => [dial, when]),
    [
      [{ organizationId: 'org', conferenceId: null, target: trunk }, at],
      [{ organizationId: 'org', conferenceId: 'weekly', target: trunk }, at],
      [{ organizationId: 'org', conferenceId: 'weekly', target: trunk }, later],
    ],
  );
});
