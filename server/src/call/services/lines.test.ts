import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRef } from '../model/call.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { answerCall } from './answer-call.ts';
import { clearConnection } from './clear-connection.ts';
import { enterConference } from './enter-conference.ts';
import { receiveCall } from './receive-call.ts';
import { retrieveCall } from './retrieve-call.ts';

/* A second call that waits at a phone that is in another one: a line of the server, no second INVITE. */

async function waiting() {
  const fixture = new RuntimeFixture();
  const first = await fixture.talking('A');
  const busy = { callId: first.callId, connectionId: first.called };
  fixture.ports.taken();
  const second = await fixture.runtime.do(receiveCall, {
    kind: 'call',
    legId: 'C',
    organizationId: 'org',
    from: extension('103'),
    to: extension('101'),
    target: { kind: 'terminal', aor: '101' },
    callerId: { name: '', number: '103' },
    timeoutMs: 20_000,
    atLeg: first.calledLeg,
  });
  const line: CallRef = { callId: second.callId, connectionId: fixture.runtime.call(second.callId)!.lines[0]! };
  const state = (ref: CallRef) => fixture.runtime.call(ref.callId)?.connections.get(ref.connectionId)?.state ?? 'null';
  return { fixture, leg: first.calledLeg, busy, line, state };
}

test('the caller is rung, the phone is left alone; answered, the first call is held and the leg serves the second', async () => {
  const { fixture, leg, busy, line, state } = await waiting();
  assert.deepEqual(fixture.ports.taken().map(inWords), ['ring C']);
  assert.equal(state(line), 'alerting');
  assert.deepEqual(fixture.runtime.refOfLeg(leg), busy);
  await fixture.runtime.do(answerCall, line);
  assert.deepEqual([state(busy), state(line)], ['hold', 'connected']);
  assert.equal(fixture.ports.roomOfLeg.get(leg), line.callId);
  checkAgreement(fixture, ['A', 'C', leg]);
  await fixture.runtime.do(clearConnection, line);
  await fixture.runtime.do(retrieveCall, busy);
  assert.equal(fixture.ports.roomOfLeg.get(leg), busy.callId);
  checkAgreement(fixture, ['A', 'C', leg]);
});

test('nobody answers there: the caller is told so in time, and the first call goes on', async () => {
  const { fixture, leg, busy, line, state } = await waiting();
  await fixture.clock.advanceAsync(19_999);
  assert.equal(state(line), 'alerting');
  await fixture.clock.advanceAsync(1);
  await fixture.settle();
  assert.equal(fixture.runtime.call(line.callId), null);
  assert.equal(
    fixture.store.allRecords().find(({ connectionId }) => connectionId === line.connectionId)?.cause,
    'noAnswer',
  );
  assert.equal(state(busy), 'connected');
  assert.ok(fixture.ports.taken().map(inWords).includes('clear C noAnswer'));
  checkAgreement(fixture, ['A', 'C', leg]);
});

test('the first call ends: the leg stays for the one that waits, and is answered there', async () => {
  const { fixture, leg, line, state } = await waiting();
  fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.ok(
    !fixture.ports
      .taken()
      .map(inWords)
      .some((text) => text.startsWith(`clear ${leg}`)),
  );
  assert.equal(state(line), 'alerting');
  checkAgreement(fixture, ['A', 'C', leg]);
  await fixture.runtime.do(answerCall, line);
  assert.equal(fixture.ports.roomOfLeg.get(leg), line.callId);
  checkAgreement(fixture, ['A', 'C', leg]);
});

for (const way of ['the caller gives up', 'the phone is put down'] as const) {
  test(`${way}: nothing is left of the call that waited`, async () => {
    const { fixture, leg, busy, line, state } = await waiting();
    fixture.runtime.report(way === 'the caller gives up' ? 'C' : leg, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    assert.equal(fixture.runtime.call(line.callId), null);
    assert.equal(state(busy), way === 'the caller gives up' ? 'connected' : 'null');
    checkAgreement(fixture, ['A', 'C', leg]);
  });
}

test('a call waits at no leg that is not there, does not answer, or belongs to another phone', async () => {
  const { fixture, leg } = await waiting();
  const request = { kind: 'call', organizationId: 'org', from: extension('104') } as const;
  const dial = {
    target: { kind: 'terminal', aor: '1' },
    callerId: { name: '', number: '1' },
    timeoutMs: 1000,
  } as const;
  const unanswered = await fixture.dialled('D');
  for (const [to, atLeg] of [
    ['101', 'nowhere'],
    ['101', unanswered.calledLeg],
    ['105', leg],
  ] as const) {
    const asked = fixture.runtime.do(receiveCall, { ...request, ...dial, legId: 'E', to: extension(to), atLeg });
    await assert.rejects(asked, { code: 'conflict' });
    assert.equal(fixture.runtime.refOfLeg('E'), null);
  }
});

test('whose connections are whose is known while they last', async () => {
  const { fixture, busy, line } = await waiting();
  assert.deepEqual(fixture.runtime.connectionsOf('x101'), [busy, line]);
  await fixture.runtime.do(clearConnection, line);
  assert.deepEqual(fixture.runtime.connectionsOf('x101'), [busy]);
  const there = await fixture.runtime.do(enterConference, {
    legId: 'F',
    device: extension('101'),
    policy: policy(),
    role: 'participant',
  });
  assert.deepEqual(fixture.runtime.connectionsOf('x101'), [busy, there]);
  await fixture.runtime.close();
  assert.deepEqual(fixture.runtime.connectionsOf('x101'), []);
});
