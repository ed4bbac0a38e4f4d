import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../model/evolve.ts';
import { extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { answerCall } from './answer-call.ts';
import { clearConnection } from './clear-connection.ts';
import { holdCall } from './hold-call.ts';
import { setMute } from './set-mute.ts';
import { singleStepTransfer } from './single-step-transfer.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);
const phone = (number: string) =>
  ({
    device: extension(number),
    target: { kind: 'terminal', aor: number },
    callerId: { name: '', number: '101' },
    timeoutMs: 9000,
  }) as const;

test('one of two leaves, the other hears ringback and then talks to the new one', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  told(fixture);
  const ref = await fixture.runtime.do(singleStepTransfer, { callId, connectionId: called, ...phone('120') });
  assert.equal(ref.callId, callId);
  const leg = fixture.lastDialled();
  assert.deepEqual(told(fixture), ['dial 120', `leave ${calledLeg}`, `clear ${calledLeg} transfer`]);
  fixture.runtime.report(leg, { type: 'delivered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['announce A ringback']);
  fixture.runtime.report(leg, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['hush A', `join ${leg}`]);
  const [record] = fixture.store.allRecords();
  assert.deepEqual([record!.cause, record!.disposition, record!.legId], ['transfer', 'answered', calledLeg]);
  assert.deepEqual(fixture.ports.faults, []);
});

test('a new one who cannot be reached ends the call with that cause', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller } = await fixture.talking();
  await fixture.runtime.do(holdCall, { callId, connectionId: caller });
  await fixture.runtime.do(singleStepTransfer, { callId, connectionId: caller, ...phone('120') });
  fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId), null);
  assert.equal(fixture.store.log(callId).at(-1)!.cause, 'busy');
  assert.equal(fixture.ports.rooms.size, 0);
});

test('somebody leaves a conference with its leg for a new call; the leg keeps its id', async () => {
  const fixture = new RuntimeFixture();
  const a = await fixture.enter('A');
  const moderator = await fixture.enter('M', {}, 'moderator');
  await fixture.runtime.do(setMute, { ...a, muted: true });
  told(fixture);
  const request = { callId: a.callId, connectionId: moderator.connectionId, transferred: a.connectionId };
  const ref = await fixture.runtime.do(singleStepTransfer, { ...request, ...phone('120') });
  assert.notEqual(ref.callId, a.callId);
  const leg = fixture.lastDialled();
  assert.deepEqual(told(fixture), ['dial 120', 'set A muted=false', 'leave A', 'music on']);
  assert.deepEqual(fixture.runtime.refOfLeg('A')!.callId, ref.callId);
  assert.deepEqual(fixture.types(a.callId).slice(-2), ['transferred', 'connectionCleared']);
  assert.equal(fixture.store.allRecords()[0]!.legId, 'A');
  fixture.runtime.report(leg, { type: 'delivered' });
  fixture.runtime.report(leg, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['announce A ringback', 'hush A', 'openRoom', `join ${leg}`, 'join A']);
  const call = fixture.runtime.call(ref.callId)!;
  assert.deepEqual([call.kind, call.from?.number, call.to?.number], ['call', 'A', '120']);
  assert.deepEqual(replay(fixture.store.log(call.id)), call);
  await fixture.runtime.do(clearConnection, moderator);
  assert.equal(fixture.runtime.call(a.callId), null);
  fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(fixture.runtime.snapshot(), []);
  assert.deepEqual(fixture.ports.faults, []);
});

test('the last one in a conference takes itself out of it; a failed target ends its call', async () => {
  const fixture = new RuntimeFixture();
  const { callId, connectionId } = await fixture.enter('A');
  const ref = await fixture.runtime.do(singleStepTransfer, { callId, connectionId, ...phone('120') });
  assert.equal(fixture.runtime.call(callId), null);
  fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause: 'noAnswer' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(ref.callId), null);
  assert.equal(
    fixture.ports.effects
      .filter((effect) => effect.do === 'clear')
      .map(inWords)
      .at(-1),
    'clear A noAnswer',
  );
  assert.deepEqual(fixture.ports.faults, []);
});

test('who has nobody to transfer, or is nobody, cannot transfer', async () => {
  const fixture = new RuntimeFixture();
  const { ref } = await fixture.dialled();
  await assert.rejects(fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('120') }), { code: 'invalidState' });
  await fixture.runtime.do(answerCall, ref);
  await assert.rejects(fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('120') }), { code: 'invalidState' });
  const two = await fixture.talking('B');
  const request = { callId: two.callId, connectionId: two.called, ...phone('120') };
  await assert.rejects(fixture.runtime.do(singleStepTransfer, { ...request, transferred: two.caller }), {
    code: 'invalidArgument',
  });
  const inside = await fixture.enter('C', policy());
  await assert.rejects(
    fixture.runtime.do(singleStepTransfer, {
      ...inside,
      connectionId: 'none',
      transferred: inside.connectionId,
      ...phone('1'),
    }),
    { code: 'connectionNotFound' },
  );
});
