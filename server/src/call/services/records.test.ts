import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conferenceDevice, extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { enterConference } from './enter-conference.ts';
import { joinCall } from './join-call.ts';
import { makeCall } from './make-call.ts';
import type { MakeCall } from './requests.ts';
import { singleStepConference } from './single-step-conference.ts';
import { singleStepTransfer } from './single-step-transfer.ts';

const outside = { kind: 'external', number: '+493099', name: '' } as const;
const stranger = { kind: 'external', number: '+493012', name: '' } as const;

function callOut(fixture: RuntimeFixture, change: Partial<MakeCall> = {}) {
  return fixture.runtime.do(makeCall, {
    kind: 'call',
    organizationId: 'org',
    from: stranger,
    fromTarget: { kind: 'trunk', trunk: 't', number: '+493012', account: null },
    callerId: { name: '', number: '' },
    to: outside,
    toTarget: { kind: 'trunk', trunk: 't', number: outside.number, account: null },
    timeoutMs: 20_000,
    ...change,
  });
}

const toConference = { kind: 'access', to: conferenceDevice, toTarget: null } as const;

/** Who called whom, who is charged, by the records so far. */
const told = (fixture: RuntimeFixture) =>
  fixture.store.allRecords().map(({ from, to, direction, charged }) => [from.number, to.number, direction, charged]);

test('whom we call on the way to a conference is called by it, however far he comes', async () => {
  const room = conferenceDevice.number;
  for (const ending of ['failed', 'cleared', 'entered'] as const) {
    const fixture = new RuntimeFixture();
    await callOut(fixture, toConference);
    const leg = fixture.lastDialled();
    fixture.runtime.report(leg, { type: 'delivered' });
    if (ending === 'failed') fixture.runtime.report(leg, { type: 'failed', cause: 'busy' });
    else fixture.runtime.report(leg, { type: 'answered' });
    await fixture.settle();
    const line = [room, '+493012', 'outgoing', conferenceDevice.extensionId];
    if (ending === 'entered') {
      await fixture.runtime.do(enterConference, { legId: leg, policy: policy(), role: 'participant' });
      fixture.runtime.report(leg, { type: 'cleared', cause: 'normal' });
      await fixture.settle();
      const inside = [policy().extensionNumber, '+493012', 'outgoing', policy().extensionId];
      assert.deepEqual(told(fixture), [line, inside]);
      continue;
    }
    if (ending === 'cleared') fixture.runtime.report(leg, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    assert.deepEqual(told(fixture), [line], ending);
  }
});

test('the extension that a request names is charged, wherever the call goes from there', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await callOut(fixture, { charged: 'x300' });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  await fixture.runtime.do(clearCall, { callId });
  assert.deepEqual(
    told(fixture).map((line) => line[3]),
    ['x300', 'x300'],
  );

  // On the way to a conference, in it, out of it again.
  const other = new RuntimeFixture();
  await callOut(other, { ...toConference, charged: 'x300' });
  const leg = other.lastDialled();
  other.runtime.report(leg, { type: 'answered' });
  await other.settle();
  const { callId: inside, connectionId } = await other.runtime.do(enterConference, {
    legId: leg,
    policy: policy(),
    role: 'participant',
  });
  const dial = { device: extension('150'), target: { kind: 'terminal', aor: '150' }, timeoutMs: 20_000 } as const;
  const shown = { callerId: { name: '', number: '' } };
  await other.runtime.do(singleStepConference, { ...dial, ...shown, into: { callId: inside }, role: 'participant' });
  const added = { ...dial, ...shown, into: { callId: inside }, role: 'participant', charged: 'x301' } as const;
  await other.runtime.do(singleStepConference, added);
  const out = await other.runtime.do(singleStepTransfer, { ...dial, ...shown, callId: inside, connectionId });
  await other.runtime.do(clearCall, { callId: out.callId });
  await other.runtime.do(clearCall, { callId: inside });
  const room = policy().extensionId;
  assert.deepEqual(
    told(other)
      .map((line) => line[3])
      .sort(),
    ['x300', 'x300', 'x300', 'x300', 'x301', room].sort(),
  );
});

test('where nobody is named: who called, else who was called; the one who listens is told apart', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  await fixture.runtime.do(joinCall, {
    callId,
    device: extension('150'),
    target: { kind: 'terminal', aor: '150' },
    callerId: { name: '', number: '' },
    timeoutMs: 20_000,
    mode: 'listen',
  });
  await fixture.runtime.do(clearCall, { callId });
  const { extensionId } = extension('100');
  assert.deepEqual(
    fixture.store.allRecords().map(({ role, charged }) => [role, charged]),
    [
      ['participant', extensionId],
      ['participant', extensionId],
      ['supervisor', extensionId],
    ],
  );

  const strangers = new RuntimeFixture();
  const ref = await callOut(strangers, { to: extension('101'), toTarget: { kind: 'terminal', aor: '101' } });
  await strangers.runtime.do(clearCall, ref);
  assert.deepEqual(
    strangers.store.allRecords().map(({ charged }) => charged),
    [extension('101').extensionId],
  );
  const nobodys = await callOut(strangers);
  await strangers.runtime.do(clearCall, nobodys);
  assert.equal(strangers.store.allRecords().at(-1)?.charged, null);
});
