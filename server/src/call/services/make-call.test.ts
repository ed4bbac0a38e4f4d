import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conferenceDevice, extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { associateData } from './associate-data.ts';
import { clearConnection } from './clear-connection.ts';
import { enterConference } from './enter-conference.ts';
import { makeCall } from './make-call.ts';
import type { MakeCall } from './requests.ts';
import { singleStepConference } from './single-step-conference.ts';

const request: MakeCall = {
  kind: 'call',
  organizationId: 'org',
  from: extension('100'),
  fromTarget: { kind: 'terminal', aor: '100' },
  callerId: { name: 'Click', number: '999' },
  to: extension('102'),
  toTarget: { kind: 'terminal', aor: '102' },
  timeoutMs: 20_000,
};
const callId = '00112233445566778899';
const legId = '99887766554433221100';

test('the caller may choose the ids; one that is in use is refused, and free again after a failure', async () => {
  const fixture = new RuntimeFixture();
  const made = [
    fixture.runtime.do(makeCall, { ...request, callId, legId }),
    fixture.runtime.do(makeCall, { ...request, legId }),
  ];
  assert.equal((await made[0]!).callId, callId);
  await assert.rejects(made[1]!, { code: 'conflict' });
  assert.equal(fixture.lastDialled(), legId);
  assert.equal(fixture.runtime.refOfLeg(legId)!.callId, callId);
  await assert.rejects(fixture.runtime.do(makeCall, { ...request, callId }), { code: 'conflict' });
  await assert.rejects(fixture.runtime.do(makeCall, { ...request, legId }), { code: 'conflict' });
  assert.equal(fixture.runtime.snapshot().length, 1);

  const free = 'aabbccddeeff00112233';
  const invite = (id: string) =>
    fixture.runtime.do(singleStepConference, {
      into: { policy: policy() },
      device: extension('1'),
      target: request.fromTarget,
      callerId: request.callerId,
      timeoutMs: 1,
      role: 'participant',
      legId: id,
    });
  await assert.rejects(invite(legId), { code: 'conflict' });
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(invite(free), { code: 'unavailable' });
  fixture.store.beforeAppend = null;
  const invited = await invite(free);
  assert.deepEqual(fixture.runtime.refOfLeg(free), invited);
});

test('the time the two may talk is limited from when both are connected', async () => {
  const fixture = new RuntimeFixture();
  const ref = await fixture.runtime.do(makeCall, { ...request, durationMs: 60_000 });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.clock.advanceAsync(120_000);
  assert.equal(fixture.runtime.call(ref.callId)!.endsAt, null);
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(ref.callId)!.endsAt, fixture.clock.now() + 60_000);
  await fixture.clock.advanceAsync(59_999);
  assert.notEqual(fixture.runtime.call(ref.callId), null);
  await fixture.clock.advanceAsync(1);
  assert.equal(fixture.runtime.call(ref.callId), null);
  assert.equal(fixture.store.log(ref.callId).at(-1)!.cause, 'timeout');
  for (const record of fixture.store.allRecords()) assert.equal(record.disposition, 'answered');
  assert.equal(fixture.clock.pending, 0);
});

test('a call that ends before its time leaves no timer; one that cannot be ended is ended when the disk is back', async () => {
  const fixture = new RuntimeFixture();
  const begin = async () => {
    const ref = await fixture.runtime.do(makeCall, { ...request, durationMs: 5000 });
    fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    return ref;
  };
  const first = await begin();
  await fixture.runtime.do(clearConnection, first);
  assert.equal(fixture.clock.pending, 0);
  const second = await begin();
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await fixture.clock.advanceAsync(20_000);
  // Both phones are hung up by then; that they are gone is tried to be stored ever more rarely, every 30 s at least.
  assert.notEqual(fixture.runtime.call(second.callId), null);
  fixture.store.beforeAppend = null;
  await fixture.clock.advanceAsync(30_000);
  assert.equal(fixture.runtime.call(second.callId), null);
  assert.equal(fixture.clock.pending, 0);
});

test('what cannot be made is refused', async () => {
  const fixture = new RuntimeFixture();
  const phone = { device: extension('1'), target: request.fromTarget };
  for (const change of [
    { toTarget: null },
    { kind: 'access' },
    { kind: 'access', toTarget: null, durationMs: 5000 },
    { durationMs: 0 },
    { durationMs: Number.NaN },
    { durationMs: 25 * 3_600_000 },
    { conferenceNumber: '3' },
    { kind: 'access', toTarget: null, conferenceNumber: '1'.repeat(21) },
    { kind: 'access', toTarget: null, conferenceNumber: '3#' },
    { alternatives: Array.from({ length: 17 }, () => phone) },
  ] as const) {
    await assert.rejects(fixture.runtime.do(makeCall, { ...request, ...change }), { code: 'invalidArgument' });
  }
  await fixture.runtime.do(makeCall, { ...request, alternatives: Array.from({ length: 16 }, () => phone) });
  assert.equal(fixture.runtime.snapshot().length, 1);
});

test('who was invited takes along what it was shown and what was attached, into the conference', async () => {
  const fixture = new RuntimeFixture();
  const asked = await fixture.runtime.do(makeCall, {
    ...request,
    kind: 'access',
    to: conferenceDevice,
    toTarget: null,
    legId,
    data: { nonce: 'n1', conferenceNumber: '3' },
    correlator: 'c1',
    conferenceNumber: '3',
  });
  await fixture.runtime.do(associateData, { ...asked, set: { seat: 4 } });
  fixture.runtime.report(legId, { type: 'answered' });
  const inside = await fixture.runtime.do(enterConference, { legId, policy: policy(), role: 'participant' });
  const connection = fixture.runtime.call(inside.callId)!.connections.get(inside.connectionId)!;
  assert.deepEqual(connection.shown, { name: 'Click', number: '999' });
  assert.deepEqual(connection.data, { nonce: 'n1', conferenceNumber: '3', seat: 4 });
  assert.equal(connection.correlator, 'c1');
  assert.deepEqual(connection.target, request.fromTarget);
  await fixture.runtime.do(clearConnection, inside);
  const records = await fixture.store.recordsOfLeg(legId);
  assert.deepEqual(
    records.map((record) => record.callId),
    [asked.callId, inside.callId],
  );
  assert.deepEqual(await fixture.store.recordsOfLeg('none'), []);
});

test('data is attached to a call or a connection, within bounds', async () => {
  const fixture = new RuntimeFixture();
  const { callId: id, caller: connectionId } = await fixture.talking();
  const { runtime } = fixture;
  await runtime.do(associateData, { callId: id, set: { a: 1, b: { c: [null, 'x'] } } });
  await runtime.do(associateData, { callId: id, set: { a: 1 }, removed: ['never'] });
  await runtime.do(associateData, { callId: id, connectionId, set: { mine: true } });
  await runtime.do(associateData, { callId: id, set: { d: 'e' }, removed: ['a'] });
  const call = runtime.call(id)!;
  assert.deepEqual(call.data, { b: { c: [null, 'x'] }, d: 'e' });
  assert.deepEqual(call.connections.get(connectionId)!.data, { mine: true });
  assert.deepEqual(
    fixture.store
      .log(id)
      .slice(5)
      .map((event) => [event.connectionId, event.data]),
    [
      [null, { set: { a: 1, b: { c: [null, 'x'] } } }],
      [connectionId, { set: { mine: true } }],
      [null, { set: { d: 'e' }, removed: ['a'] }],
    ],
  );
  await runtime.do(associateData, { callId: id, set: JSON.parse('{"__proto__":{}}') });
  assert.ok(Object.hasOwn(runtime.call(id)!.data, '__proto__'), 'a key like any other');
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, key) => [`k${key}`, key]));
  for (const set of [circular, many, { big: 'x'.repeat(17_000) }, { ['k'.repeat(65)]: 1 }, { n: 1n }]) {
    await assert.rejects(runtime.do(associateData, { callId: id, set }), { code: 'invalidArgument' });
  }
  await assert.rejects(runtime.do(associateData, { callId: id, connectionId: 'none', set: {} }), {
    code: 'connectionNotFound',
  });
  await assert.rejects(runtime.do(associateData, { callId: 'none', set: {} }), { code: 'callNotFound' });
});
