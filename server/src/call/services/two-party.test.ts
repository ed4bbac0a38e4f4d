import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../model/cause.ts';
import { replay } from '../model/evolve.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { answerCall } from './answer-call.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { generateDigits } from './generate-digits.ts';
import { holdCall } from './hold-call.ts';
import { makeCall } from './make-call.ts';
import { retrieveCall } from './retrieve-call.ts';
import { setMute } from './set-mute.ts';
import { singleStepConference } from './single-step-conference.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

test('two phones: rung, answered, hung up by either side', async () => {
  for (const first of ['A', 'B'] as const) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    assert.deepEqual(told(fixture), ['dial 101']);
    fixture.clock.advance(1000);
    fixture.runtime.report(calledLeg, { type: 'delivered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), ['ring A']);
    fixture.clock.advance(2000);
    fixture.runtime.report(calledLeg, { type: 'answered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), ['answer A', 'openRoom', `join ${calledLeg}`, 'join A']);
    fixture.clock.advance(60_000);
    const [gone, other] = first === 'A' ? ['A', calledLeg] : [calledLeg, 'A'];
    fixture.runtime.report(gone, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    assert.deepEqual(told(fixture), [`leave ${gone}`, `leave ${other}`, `clear ${other} normal`, 'closeRoom']);
    assert.deepEqual(fixture.types(ref.callId), [
      'originated',
      'originated',
      'delivered',
      'established',
      'established',
      'connectionCleared',
      'connectionCleared',
      'callCleared',
    ]);
    assert.deepEqual(fixture.published, fixture.store.log(ref.callId));
    const [caller, called] = [...fixture.store.allRecords()].sort((a) => (a.direction === 'incoming' ? -1 : 1));
    const start = fixture.store.log(ref.callId)[0]!.at;
    assert.equal(caller!.disposition, 'answered');
    assert.equal(called!.disposition, 'answered');
    assert.deepEqual([caller!.from.number, caller!.to.number], ['100', '101']);
    assert.deepEqual([called!.from.number, called!.to.number], ['100', '101']);
    assert.deepEqual(
      [called!.startedAt, called!.alertedAt, called!.answeredAt, called!.endedAt].map((at) => at! - start),
      [0, 1000, 3000, 63_000],
    );
    assert.equal(caller!.alertedAt, called!.alertedAt);
    assert.deepEqual(fixture.runtime.snapshot(), []);
    assert.equal(fixture.runtime.refOfLeg('A'), null);
    assert.equal(fixture.runtime.refOfLeg(calledLeg), null);
    assert.deepEqual(fixture.ports.faults, []);
    assert.equal(fixture.clock.pending, 0);
  }
});

test('a called phone that is busy, silent, refuses or is not there refuses the caller with the same cause', async () => {
  const cases: [Cause, string][] = [
    ['busy', 'busy'],
    ['noAnswer', 'noAnswer'],
    ['callRejected', 'refused'],
    ['destNotObtainable', 'failed'],
    ['networkNotObtainable', 'failed'],
    ['mediaFailure', 'failed'],
  ];
  for (const [cause, disposition] of cases) {
    for (const ringing of [false, true]) {
      const fixture = new RuntimeFixture();
      const { ref, calledLeg } = await fixture.dialled();
      if (ringing) fixture.runtime.report(calledLeg, { type: 'delivered' });
      fixture.runtime.report(calledLeg, { type: 'failed', cause });
      await fixture.settle();
      assert.deepEqual(told(fixture).slice(ringing ? 2 : 1), [`clear A ${cause}`]);
      assert.deepEqual(fixture.types(ref.callId).slice(-4), [
        'failed',
        'connectionCleared',
        'connectionCleared',
        'callCleared',
      ]);
      for (const record of fixture.store.allRecords()) assert.equal(record.disposition, disposition);
      assert.equal(fixture.store.log(ref.callId).at(-1)!.cause, cause);
    }
  }
});

test('a caller who gives up cancels the called phone, even before the call is stored', async () => {
  const fixture = new RuntimeFixture();
  const pending = fixture.dialled();
  fixture.runtime.report('A', { type: 'cleared', cause: 'callCancelled' });
  const { ref, calledLeg } = await pending;
  await fixture.settle();
  assert.deepEqual(told(fixture), ['dial 101', `clear ${calledLeg} callCancelled`]);
  assert.deepEqual(
    fixture.store.allRecords().map((record) => record.disposition),
    ['cancelled', 'cancelled'],
  );
  assert.equal(fixture.types(ref.callId).at(-1), 'callCleared');
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.counters().ignoredReports, 1);
});

test('the held party hears music; both phones may hold; each change is logged once', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  told(fixture);
  fixture.runtime.report('A', { type: 'heldByPeer' });
  fixture.runtime.report('A', { type: 'heldByPeer' });
  await fixture.settle();
  assert.deepEqual(new Set(told(fixture)), new Set(['set A held=silence', `set ${calledLeg} held=music`]));
  await fixture.runtime.do(holdCall, { callId, connectionId: called });
  assert.deepEqual(told(fixture), [`set ${calledLeg} held=silence`]);
  fixture.runtime.report('A', { type: 'retrievedByPeer' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['set A held=music']);
  await fixture.runtime.do(retrieveCall, { callId, connectionId: called });
  assert.deepEqual(new Set(told(fixture)), new Set(['set A held=null', `set ${calledLeg} held=null`]));
  assert.deepEqual(fixture.types(callId).slice(5), ['held', 'held', 'retrieved', 'retrieved']);
  assert.equal(fixture.runtime.counters().ignoredReports, 0);
});

test('digits pass to the other party, mute is told to the media', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller, calledLeg } = await fixture.talking();
  told(fixture);
  fixture.runtime.report('A', { type: 'digit', digit: '7', durationMs: 5 });
  await fixture.runtime.do(generateDigits, { callId, connectionId: caller, digits: '12#' });
  await fixture.runtime.do(setMute, { callId, connectionId: caller, muted: true });
  await fixture.runtime.do(setMute, { callId, connectionId: caller, muted: true });
  await fixture.runtime.do(setMute, { callId, connectionId: caller, muted: false, deaf: true });
  assert.deepEqual(told(fixture), [
    `digits ${calledLeg} 7`,
    `digits ${calledLeg} 12#`,
    'set A muted=true',
    'set A muted=false deaf=true',
  ]);
  assert.deepEqual(
    fixture.store
      .log(callId)
      .slice(5)
      .map((event) => event.data),
    [
      { digits: null, count: 1, by: 'device' },
      { digits: null, count: 3, by: 'service' },
      { muted: true },
      { muted: false, deaf: true },
    ],
  );
});

test('lost media ends both sides with that cause; clearCall ends everybody', async () => {
  const fixture = new RuntimeFixture();
  const lost = await fixture.talking();
  told(fixture);
  fixture.runtime.report('A', { type: 'mediaLost' });
  await fixture.settle();
  assert.deepEqual(
    told(fixture).filter((text) => text.startsWith('clear')),
    ['clear A mediaFailure', `clear ${lost.calledLeg} mediaFailure`],
  );
  assert.equal(fixture.store.log(lost.callId).at(-1)!.cause, 'mediaFailure');
  const second = await fixture.talking('C');
  await fixture.runtime.do(clearCall, { callId: second.callId, cause: 'removed' });
  assert.equal(fixture.runtime.call(second.callId), null);
  assert.deepEqual(fixture.ports.rooms.size, 0);
  await assert.rejects(fixture.runtime.do(clearCall, { callId: second.callId }), { code: 'callNotFound' });
});

test('makeCall rings the originating phone, then the other, with ringback in between', async () => {
  const fixture = new RuntimeFixture();
  const ref = await fixture.runtime.do(makeCall, {
    kind: 'call',
    organizationId: 'org',
    from: extension('100'),
    fromTarget: { kind: 'terminal', aor: '100' },
    callerId: { name: 'Click', number: '999' },
    to: { kind: 'external', number: '3235550100', name: '' },
    toTarget: { kind: 'trunk', trunk: 'carrier', number: '3235550100', account: '1-7' },
    timeoutMs: 20_000,
    data: { nonce: 'n1' },
  });
  const first = fixture.lastDialled();
  assert.deepEqual(told(fixture), ['dial 100']);
  fixture.runtime.report(first, { type: 'delivered' });
  fixture.runtime.report(first, { type: 'answered' });
  await fixture.settle();
  const second = fixture.lastDialled();
  assert.deepEqual(told(fixture), ['dial 3235550100']);
  fixture.runtime.report(second, { type: 'delivered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`announce ${first} ringback`]);
  assert.equal(fixture.runtime.call(ref.callId)!.data['nonce'], 'n1');
  fixture.runtime.report(second, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`hush ${first}`, 'openRoom', `join ${second}`, `join ${first}`]);
  const log = fixture.store.log(ref.callId);
  assert.deepEqual(replay(log), fixture.runtime.call(ref.callId));
  await fixture.runtime.do(clearConnection, { ...ref, cause: 'removed' });
  assert.deepEqual(
    log.slice(-3).map((event) => event.cause),
    ['removed', 'normal', 'normal'],
  );
});

test('a third party comes into a two-party call; the call goes on while two are left', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller, calledLeg } = await fixture.talking();
  const added = await fixture.runtime.do(singleStepConference, {
    into: { callId },
    device: extension('102'),
    target: { kind: 'terminal', aor: '102' },
    callerId: { name: '', number: '100' },
    timeoutMs: 10_000,
    role: 'participant',
  });
  const third = fixture.lastDialled();
  told(fixture);
  fixture.runtime.report(third, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`join ${third}`]);
  // One holds: the two others go on talking.
  await fixture.runtime.do(holdCall, { callId, connectionId: caller });
  assert.deepEqual(told(fixture), ['set A held=silence']);
  fixture.runtime.report(calledLeg, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${calledLeg}`, `set ${third} held=music`]);
  await fixture.runtime.do(clearConnection, added);
  assert.equal(fixture.runtime.call(callId), null);
  assert.equal(fixture.ports.rooms.size, 0);
  assert.deepEqual(fixture.ports.faults, []);
});

test('one who is called back by a phone that holds already hears music until it is retrieved', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  await fixture.runtime.do(answerCall, ref);
  await fixture.runtime.do(holdCall, ref);
  told(fixture);
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['openRoom', `set ${calledLeg} held=music`, `join ${calledLeg}`, 'join A']);
  await fixture.runtime.do(retrieveCall, ref);
  assert.deepEqual(told(fixture).sort(), [`set ${calledLeg} held=null`, 'set A held=null'].sort());
  assert.deepEqual(fixture.ports.faults, []);
});
