import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../model/cause.ts';
import { conferenceDevice, extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { makeCall } from './make-call.ts';
import { pickUpCall } from './pick-up-call.ts';
import type { MakeCall } from './requests.ts';
import { singleStepConference } from './single-step-conference.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);
const phone = (number: string) => ({ device: extension(number), target: { kind: 'terminal', aor: number } }) as const;

/** 100, 110 and 111 ring for a call to 102; gives the legs in that order. */
async function hunted(fixture: RuntimeFixture, change: Partial<MakeCall> = {}) {
  const from = fixture.ports.effects.length;
  const ref = await fixture.runtime.do(makeCall, {
    kind: 'call',
    organizationId: 'org',
    from: extension('100'),
    fromTarget: { kind: 'terminal', aor: '100' },
    callerId: { name: 'Click', number: '999' },
    to: extension('102'),
    toTarget: { kind: 'terminal', aor: '102' },
    timeoutMs: 20_000,
    alternatives: [phone('110'), phone('111')],
    ...change,
  });
  const legs = fixture.ports.effects.slice(from).flatMap((effect) => (effect.do === 'dial' ? [effect.legId] : []));
  return { ref, legs: legs as [string, string, string] };
}

test('the first phone to answer begins the call, the others stop ringing; the records say who called whom', async () => {
  const fixture = new RuntimeFixture();
  const { ref, legs } = await hunted(fixture);
  const [first, second, third] = legs;
  assert.deepEqual(told(fixture), ['dial 100', 'dial 110', 'dial 111']);
  fixture.runtime.report(third, { type: 'delivered' });
  fixture.runtime.report(first, { type: 'failed', cause: 'busy' });
  fixture.runtime.report(third, { type: 'answered' });
  // Too late.
  fixture.runtime.report(second, { type: 'answered' });
  await fixture.settle();
  const last = fixture.lastDialled();
  assert.deepEqual(told(fixture), ['dial 102', `clear ${second} callCancelled`]);
  const call = fixture.runtime.call(ref.callId)!;
  assert.deepEqual(call.from, extension('111'));
  fixture.runtime.report(last, { type: 'answered' });
  await fixture.settle();
  await fixture.runtime.do(clearCall, { callId: ref.callId });
  const records = fixture.store.allRecords().map((one) => [one.from.number, one.to.number, one.disposition, one.legId]);
  assert.deepEqual(records, [
    ['100', '102', 'busy', first],
    ['110', '102', 'cancelled', second],
    ['111', '102', 'answered', third],
    ['111', '102', 'answered', last],
  ]);
  assert.deepEqual(fixture.ports.faults, []);
});

test('when no phone can be reached the call ends with the cause that tells most', async () => {
  const cases: [Cause[], Cause][] = [
    [['noAnswer', 'busy', 'destNotObtainable'], 'busy'],
    [['destNotObtainable', 'networkNotObtainable', 'noAnswer'], 'noAnswer'],
    [['callRejected', 'noAnswer', 'noAnswer'], 'callRejected'],
    [['networkNotObtainable', 'mediaFailure', 'systemFailure'], 'networkNotObtainable'],
  ];
  for (const kind of ['call', 'access'] as const) {
    for (const [failures, ends] of cases) {
      const fixture = new RuntimeFixture();
      const change = kind === 'access' ? ({ kind, to: conferenceDevice, toTarget: null } as const) : {};
      const { ref, legs } = await hunted(fixture, change);
      for (const [at, cause] of failures.entries()) {
        assert.notEqual(fixture.runtime.call(ref.callId), null);
        fixture.runtime.report(legs[at]!, { type: 'failed', cause });
        await fixture.settle();
      }
      assert.equal(fixture.store.log(ref.callId).at(-1)!.cause, ends, `${kind} ${failures.join(' ')}`);
      assert.deepEqual(
        fixture.store.allRecords().map((record) => record.cause),
        failures,
      );
    }
  }
});

test('of phones that refuse alike, what one of them said is told; the log has what each said', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  const rings = { callerId: { name: '', number: '100' }, timeoutMs: 5000 };
  await fixture.runtime.do(pickUpCall, { ...fixture.runtime.refOfLeg(calledLeg)!, ...phone('109'), ...rings });
  const other = fixture.lastDialled();
  const refusal = { status: 480, reason: 'Q.850;cause=18' };
  fixture.runtime.report(calledLeg, { type: 'failed', cause: 'noAnswer' });
  fixture.runtime.report(other, { type: 'failed', cause: 'noAnswer', refusal });
  await fixture.settle();
  assert.deepEqual(fixture.ports.taken().at(-1), { do: 'clear', legId: 'A', cause: 'noAnswer', refusal });
  const failed = fixture.store.log(ref.callId).filter((event) => event.type === 'failed');
  assert.deepEqual(
    failed.map((event) => event.data),
    [{}, { refusal }],
  );
});

test('a phone picks up for another that rings: the first to answer has the call', async () => {
  for (const winner of ['picking', 'called'] as const) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    fixture.runtime.report(calledLeg, { type: 'delivered' });
    await fixture.settle();
    const { connectionId } = fixture.runtime.refOfLeg(calledLeg)!;
    told(fixture);
    const rings = { callerId: { name: '', number: '100' }, timeoutMs: 5000 };
    const picked = await fixture.runtime.do(pickUpCall, {
      callId: ref.callId,
      connectionId,
      ...phone('109'),
      ...rings,
    });
    const leg = fixture.lastDialled();
    fixture.runtime.report(leg, { type: 'delivered' });
    const [won, lost] = winner === 'picking' ? [leg, calledLeg] : [calledLeg, leg];
    fixture.runtime.report(won, { type: 'answered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), [
      'dial 109',
      'answer A',
      'openRoom',
      `join ${won}`,
      'join A',
      `clear ${lost} callCancelled`,
    ]);
    assert.equal(fixture.runtime.refOfLeg(leg)?.connectionId ?? picked.connectionId, picked.connectionId);
    assert.equal(fixture.runtime.call(ref.callId)!.connections.size, 2);
    await assert.rejects(
      fixture.runtime.do(pickUpCall, { ...fixture.runtime.refOfLeg(won)!, ...phone('108'), ...rings }),
      {
        code: 'invalidState',
      },
    );
  }
});

test('the caller waits while one of the two rings, and goes when neither can be had or when it gives up', async () => {
  for (const end of ['failed', 'cancelled'] as const) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    const rings = { callerId: { name: '', number: '100' }, timeoutMs: 5000 };
    await fixture.runtime.do(pickUpCall, { ...fixture.runtime.refOfLeg(calledLeg)!, ...phone('109'), ...rings });
    const leg = fixture.lastDialled();
    told(fixture);
    if (end === 'failed') {
      fixture.runtime.report(calledLeg, { type: 'failed', cause: 'busy' });
      await fixture.settle();
      assert.deepEqual(told(fixture), []);
      fixture.runtime.report(leg, { type: 'failed', cause: 'noAnswer' });
    } else fixture.runtime.report('A', { type: 'cleared', cause: 'callCancelled' });
    await fixture.settle();
    assert.equal(fixture.runtime.call(ref.callId), null);
    assert.deepEqual(
      told(fixture),
      end === 'failed' ? ['clear A busy'] : [`clear ${calledLeg} callCancelled`, `clear ${leg} callCancelled`],
    );
  }
});

test('a phone invited into a conference can be picked up for; the phone that was to begin a call as well', async () => {
  const fixture = new RuntimeFixture();
  const rings = { callerId: { name: '', number: '211' }, timeoutMs: 5000 };
  const invited = await fixture.runtime.do(singleStepConference, {
    into: { policy: policy({ roomSize: 1 }) },
    ...phone('101'),
    ...rings,
    role: 'moderator',
    data: { nonce: 'n' },
    correlator: 'c',
  });
  const first = fixture.lastDialled();
  await fixture.runtime.do(pickUpCall, { ...invited, ...phone('109'), ...rings });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  const [inside] = fixture.runtime.call(invited.callId)!.connections.values();
  assert.deepEqual([inside!.device.number, inside!.role, inside!.data], ['109', 'moderator', { nonce: 'n' }]);
  assert.equal(inside!.correlator, 'c');
  assert.equal(fixture.runtime.refOfLeg(first), null);

  const { ref } = await hunted(fixture, { alternatives: [] });
  await fixture.runtime.do(pickUpCall, { ...ref, ...phone('108'), ...rings });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  const call = fixture.runtime.call(ref.callId)!;
  assert.deepEqual([call.from?.number, call.destination, call.connections.size], ['108', null, 2]);
});
