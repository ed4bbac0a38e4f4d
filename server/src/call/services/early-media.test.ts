import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { answerCall } from './answer-call.ts';
import { pickUpCall } from './pick-up-call.ts';
import { singleStepConference } from './single-step-conference.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);
const early = { type: 'delivered', early: true } as const;
const silent = { type: 'delivered', early: false } as const;

test('the caller hears the phone before it answers, at once or after plain ringing; its answer changes nothing heard', async () => {
  for (const plainFirst of [false, true]) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    if (plainFirst) fixture.runtime.report(calledLeg, { type: 'delivered' });
    fixture.clock.advance(1000);
    fixture.runtime.report(calledLeg, early);
    fixture.runtime.report(calledLeg, early);
    await fixture.settle();
    const before = plainFirst ? ['dial 101', 'ring A'] : ['dial 101'];
    assert.deepEqual(told(fixture), [...before, 'ring A early', 'openRoom', `join ${calledLeg}`, 'join A']);
    const call = fixture.runtime.call(ref.callId)!;
    assert.deepEqual([call.answered, call.early, call.alertedAt], [0, 2, call.createdAt + (plainFirst ? 0 : 1000)]);
    fixture.runtime.report(calledLeg, { type: 'answered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), ['answer A']);
    assert.equal(fixture.runtime.call(ref.callId)!.early, 0);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('what fails after its early sound ends the call with its cause, and the room', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  fixture.runtime.report(calledLeg, early);
  fixture.runtime.report(calledLeg, { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.deepEqual(told(fixture).slice(5), [`leave ${calledLeg}`, 'leave A', 'clear A busy', 'closeRoom']);
  assert.deepEqual(
    fixture.store.allRecords().map((record) => [record.callId, record.disposition]),
    [
      [ref.callId, 'busy'],
      [ref.callId, 'busy'],
    ],
  );
});

test('for one who has answered already our ringback gives way to the sound of the phone', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  await fixture.runtime.do(answerCall, ref);
  fixture.runtime.report(calledLeg, { type: 'delivered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['dial 101', 'answer A', 'announce A ringback']);
  fixture.runtime.report(calledLeg, early);
  await fixture.settle();
  assert.deepEqual(told(fixture), ['hush A', 'openRoom', `join ${calledLeg}`, 'join A']);
});

test('keys go where the sound goes before the answer, both ways', async () => {
  const fixture = new RuntimeFixture();
  const { calledLeg } = await fixture.dialled();
  const press = async (legId: string, digit: string) => {
    fixture.runtime.report(legId, { type: 'digit', digit, durationMs: 100 });
    await fixture.settle();
  };
  fixture.runtime.report(calledLeg, { type: 'delivered' });
  await press('A', '1');
  await press(calledLeg, '2');
  assert.deepEqual(told(fixture), ['dial 101', 'ring A'], 'nobody hears anybody yet');
  fixture.runtime.report(calledLeg, early);
  await press('A', '5');
  await press(calledLeg, '#');
  assert.deepEqual(told(fixture).slice(-2), [`digits ${calledLeg} 5`, 'digits A #']);
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await press('A', '6');
  assert.deepEqual(told(fixture), ['answer A', `digits ${calledLeg} 6`]);
});

test('of two phones that sound the one that is heard gets the keys', async () => {
  const fixture = new RuntimeFixture();
  const { first, second } = await twoRinging(fixture);
  fixture.runtime.report(first, early);
  fixture.runtime.report(second, early);
  await fixture.settle();
  told(fixture);
  fixture.runtime.report('A', { type: 'digit', digit: '7', durationMs: 100 });
  fixture.runtime.report(second, { type: 'digit', digit: '8', durationMs: 100 });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`digits ${first} 7`]);
});

/** Two phones ring for one caller, each on a leg. */
async function twoRinging(fixture: RuntimeFixture) {
  const { ref, calledLeg } = await fixture.dialled();
  const other = { device: extension('109'), target: { kind: 'terminal', aor: '109' } } as const;
  const ringing = fixture.runtime.refOfLeg(calledLeg)!;
  await fixture.runtime.do(pickUpCall, { ...ringing, ...other, callerId: { name: '', number: '' }, timeoutMs: 1 });
  return { ref, first: calledLeg, second: fixture.lastDialled() };
}

test('of two phones that sound one is heard; when it fails the other is, whenever its sound came', async () => {
  for (const plainFirst of [false, true]) {
    const fixture = new RuntimeFixture();
    const { ref, first, second } = await twoRinging(fixture);
    if (plainFirst) fixture.runtime.report(second, { type: 'delivered' });
    fixture.runtime.report(first, early);
    fixture.runtime.report(second, early);
    fixture.runtime.report(second, early);
    await fixture.settle();
    assert.equal(fixture.ports.roomOfLeg.get(second), undefined);
    told(fixture);
    fixture.runtime.report(first, { type: 'failed', cause: 'busy' });
    await fixture.settle();
    assert.deepEqual(told(fixture), [`leave ${first}`, `join ${second}`]);
    assert.equal(fixture.runtime.call(ref.callId)!.early, 2);
    fixture.runtime.report(second, { type: 'answered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), ['answer A']);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('where the other only rings the caller hears ringback, until sound comes from there as well', async () => {
  const fixture = new RuntimeFixture();
  const { first, second } = await twoRinging(fixture);
  fixture.runtime.report(first, early);
  fixture.runtime.report(second, { type: 'delivered' });
  await fixture.settle();
  told(fixture);
  fixture.runtime.report(first, { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${first}`, 'announce A ringback']);
  fixture.runtime.report(second, early);
  await fixture.settle();
  assert.deepEqual(told(fixture), ['hush A', `join ${second}`]);
  fixture.runtime.report(second, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['answer A']);
});

test('a caller who was answered hears the second phone when the first fails', async () => {
  const fixture = new RuntimeFixture();
  const { ref, first, second } = await twoRinging(fixture);
  await fixture.runtime.do(answerCall, ref);
  fixture.runtime.report(first, early);
  fixture.runtime.report(second, early);
  await fixture.settle();
  told(fixture);
  fixture.runtime.report(first, { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${first}`, `join ${second}`]);
});

test('a phone whose sound ends while it rings gives way to ringback, until there is sound again; then to the answer', async () => {
  for (const answeredFirst of [false, true]) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    if (answeredFirst) await fixture.runtime.do(answerCall, ref);
    fixture.runtime.report(calledLeg, early);
    await fixture.settle();
    told(fixture);
    fixture.runtime.report(calledLeg, silent);
    fixture.runtime.report(calledLeg, silent);
    fixture.runtime.report(calledLeg, { type: 'delivered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), [`leave ${calledLeg}`, 'announce A ringback']);
    fixture.runtime.report(calledLeg, early);
    await fixture.settle();
    assert.deepEqual(told(fixture), ['hush A', `join ${calledLeg}`]);
    fixture.runtime.report(calledLeg, silent);
    fixture.runtime.report(calledLeg, { type: 'answered' });
    await fixture.settle();
    const rings = [`leave ${calledLeg}`, 'announce A ringback'];
    const answers = answeredFirst ? [] : ['answer A'];
    assert.deepEqual(told(fixture), [...rings, ...answers, 'hush A', `join ${calledLeg}`]);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('of two phones that sound the other is heard when the first falls silent', async () => {
  const fixture = new RuntimeFixture();
  const { ref, first, second } = await twoRinging(fixture);
  fixture.runtime.report(first, early);
  fixture.runtime.report(second, early);
  await fixture.settle();
  told(fixture);
  fixture.runtime.report(first, silent);
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${first}`, `join ${second}`]);
  fixture.runtime.report(second, silent);
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${second}`, 'announce A ringback']);
  assert.equal(fixture.runtime.call(ref.callId)!.early, 1);
});

test('a conference does not hear those on their way', async () => {
  const fixture = new RuntimeFixture();
  await fixture.runtime.do(singleStepConference, {
    into: { policy: policy() },
    device: extension('101'),
    target: { kind: 'terminal', aor: '101' },
    callerId: { name: '', number: '' },
    timeoutMs: 1,
    role: 'participant',
  });
  const leg = fixture.lastDialled();
  fixture.runtime.report(leg, early);
  await fixture.settle();
  assert.deepEqual(told(fixture), ['dial 101']);
  assert.equal(fixture.ports.rooms.size, 0);
});
