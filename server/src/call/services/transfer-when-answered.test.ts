import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../model/evolve.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearConnection } from './clear-connection.ts';
import { conferenceCall } from './conference-call.ts';
import { consultationCall } from './consultation-call.ts';
import { pickUpCall } from './pick-up-call.ts';
import { singleStepTransfer } from './single-step-transfer.ts';
import { transferCall } from './transfer-call.ts';

const phone = (number: string) =>
  ({
    device: extension(number),
    target: { kind: 'terminal', aor: number },
    callerId: { name: '', number: '101' },
    timeoutMs: 9000,
  }) as const;

/** 100 calls 101, who holds at the phone and sends the call on to 120: that one's leg and connection. */
async function sentOn() {
  const fixture = new RuntimeFixture();
  const { callId, caller, called, calledLeg } = await fixture.talking();
  fixture.runtime.report(calledLeg, { type: 'heldByPeer' });
  await fixture.settle();
  const ref = { callId, connectionId: called };
  const to = await fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('120'), whenAnswered: true });
  const leg = fixture.lastDialled();
  const states = () => {
    const call = fixture.runtime.call(callId);
    return [...(call?.connections.values() ?? [])].map((one) => `${one.device.number} ${one.state}`);
  };
  const report = async (legId: string, type: 'delivered' | 'answered' | 'cleared' | 'failed') => {
    fixture.runtime.report(legId, type === 'delivered' || type === 'answered' ? { type } : { type, cause: 'busy' });
    await fixture.settle();
  };
  fixture.ports.taken();
  return { fixture, ref, caller, callerLeg: 'A', calledLeg, to, leg, states, report };
}

test('whoever sends its call on leaves in the step in which the other answers', async () => {
  const { fixture, ref, calledLeg, leg, states, report } = await sentOn();
  assert.deepEqual(states(), ['100 connected', '101 hold', '120 initiated']);
  await report(leg, 'delivered');
  assert.deepEqual(fixture.ports.taken().map(inWords), [], 'the one who waits goes on hearing music');
  await report(leg, 'answered');
  assert.deepEqual(states(), ['100 connected', '120 connected']);
  assert.deepEqual(fixture.ports.taken().map(inWords), [
    `join ${leg}`,
    `leave ${calledLeg}`,
    'set A held=null',
    `clear ${calledLeg} transfer`,
  ]);
  assert.deepEqual(fixture.types(ref.callId).slice(-4), [
    'originated',
    'delivered',
    'established',
    'connectionCleared',
  ]);
  const [record] = fixture.store.allRecords();
  assert.deepEqual([record!.cause, record!.disposition, record!.legId], ['transfer', 'answered', calledLeg]);
  const call = fixture.runtime.call(ref.callId)!;
  assert.deepEqual([call.controller, replay(fixture.store.log(call.id))], [null, call]);
  assert.deepEqual(fixture.ports.faults, []);
});

test('should the other not come, the call is as it was, and can be sent on once more', async () => {
  const { fixture, ref, leg, states, report } = await sentOn();
  await report(leg, 'failed');
  assert.deepEqual(states(), ['100 connected', '101 hold']);
  await fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('121'), whenAnswered: true });
  await report(fixture.lastDialled(), 'answered');
  assert.deepEqual(states(), ['100 connected', '121 connected']);
});

test('nobody is rung twice for one party: while the other rings the call is not sent on again', async () => {
  const { fixture, ref, leg, states } = await sentOn();
  const again = fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('121'), whenAnswered: true });
  await assert.rejects(again, { code: 'invalidState' });
  // At once to somebody else: the first is given up.
  await fixture.runtime.do(singleStepTransfer, { ...ref, ...phone('122') });
  assert.deepEqual(states(), ['100 connected', '122 initiated']);
  assert.ok(fixture.ports.taken().map(inWords).includes(`clear ${leg} callCancelled`));
});

test('who hangs up at once has sent the call on all the same: the one who waits hears that it rings', async () => {
  const { fixture, calledLeg, leg, states, report } = await sentOn();
  await report(leg, 'delivered');
  await report(calledLeg, 'cleared');
  assert.deepEqual(states(), ['100 connected', '120 alerting']);
  assert.ok(fixture.ports.taken().map(inWords).includes('announce A ringback'));
  await report(leg, 'answered');
  assert.deepEqual(states(), ['100 connected', '120 connected']);
  await report(leg, 'cleared');
  assert.deepEqual(fixture.runtime.snapshot(), []);
});

test('and should the other not come then, nobody is left to go back to', async () => {
  const { fixture, ref, calledLeg, leg, report } = await sentOn();
  await report(calledLeg, 'cleared');
  await report(leg, 'failed');
  assert.equal(fixture.store.log(ref.callId).at(-1)!.cause, 'busy');
  assert.deepEqual([fixture.runtime.snapshot(), fixture.ports.faults], [[], []]);
});

test('the one who waits hangs up: nobody rings any more for whoever sent the call on', async () => {
  const { fixture, callerLeg, calledLeg, leg, report } = await sentOn();
  await report(leg, 'delivered');
  await report(callerLeg, 'cleared');
  assert.deepEqual(fixture.runtime.snapshot(), []);
  const cleared = fixture.ports.taken().map(inWords);
  for (const gone of [calledLeg, leg])
    assert.ok(
      cleared.some((words) => words.startsWith(`clear ${gone} `)),
      gone,
    );
  assert.deepEqual(fixture.ports.faults, []);
});

test('a phone that rings along, and one that the call is merged with, take the place alike', async () => {
  const { fixture, to, states, report } = await sentOn();
  await fixture.runtime.do(pickUpCall, { ...to, ...phone('130') });
  await report(fixture.lastDialled(), 'answered');
  assert.deepEqual(states(), ['100 connected', '130 connected']);

  const other = await sentOn();
  await other.fixture.runtime.do(clearConnection, other.to);
  assert.deepEqual(other.states(), ['100 connected', '101 hold']);
});

test('who sends it on to somebody else meanwhile: whoever rang in its place rings no more', async () => {
  const { fixture, ref, calledLeg, leg, states, report } = await sentOn();
  fixture.runtime.report(calledLeg, { type: 'retrievedByPeer' });
  const consult = await fixture.runtime.do(consultationCall, { ...ref, ...phone('140') });
  await report(fixture.lastDialled(), 'answered');
  fixture.ports.taken();
  await fixture.runtime.do(transferCall, { original: ref, consult });
  assert.deepEqual(states(), ['100 connected', '140 connected']);
  assert.ok(fixture.ports.taken().map(inWords).includes(`clear ${leg} callCancelled`));
  await report(leg, 'answered');
  assert.deepEqual(states(), ['100 connected', '140 connected']);
  assert.deepEqual(fixture.ports.faults, []);
});

test('a consultation that was sent on, and is brought into the call instead: nobody comes beside those in it', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called } = await fixture.talking();
  const ref = { callId, connectionId: called };
  const consult = await fixture.runtime.do(consultationCall, { ...ref, ...phone('140') });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  await fixture.runtime.do(singleStepTransfer, { ...consult, ...phone('120'), whenAnswered: true });
  const leg = fixture.lastDialled();
  await fixture.runtime.do(transferCall, { original: ref, consult });
  const call = fixture.runtime.call(callId)!;
  assert.deepEqual(
    [...call.connections.values()].map(({ device }) => device.number),
    ['100', '140'],
  );
  assert.ok(
    fixture.ports
      .taken()
      .map(inWords)
      .some((words) => words.startsWith(`clear ${leg} `)),
  );
  assert.deepEqual([replay(fixture.store.log(call.id)), fixture.ports.faults], [call, []]);
});

test('who pays for the one that is dialled is said by who sends the call on', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  const sent = { callId, connectionId: called, ...phone('120'), charged: 'x101' };
  await fixture.runtime.do(singleStepTransfer, { ...sent, whenAnswered: true });
  const leg = fixture.lastDialled();
  fixture.runtime.report(leg, { type: 'answered' });
  await fixture.settle();
  fixture.runtime.report(leg, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  const charged = new Map(fixture.store.allRecords().map((record) => [record.legId, record.charged]));
  assert.deepEqual([charged.get('A'), charged.get(calledLeg), charged.get(leg)], ['x100', 'x100', 'x101']);
});

test('who has meanwhile merged the call into another has kept it: whoever rang for one of them rings no more', async () => {
  const { fixture, ref, caller, leg, report } = await sentOn();
  const consult = await fixture.runtime.do(consultationCall, {
    callId: ref.callId,
    connectionId: caller,
    ...phone('140'),
  });
  await report(fixture.lastDialled(), 'answered');
  fixture.ports.taken();
  await fixture.runtime.do(conferenceCall, { original: consult, consult: { ...ref, connectionId: caller } });
  assert.ok(
    fixture.ports
      .taken()
      .map(inWords)
      .some((words) => words.startsWith(`clear ${leg} `)),
  );
  await report(leg, 'answered');
  const call = fixture.runtime.call(consult.callId)!;
  const numbers = [...call.connections.values()].map((one) => one.device.number);
  assert.deepEqual(numbers, ['100', '140', '101']);
  assert.deepEqual(fixture.ports.faults, []);
});

test('a scheduled conference is left at once or not at all', async () => {
  const fixture = new RuntimeFixture();
  const inside = await fixture.enter('A');
  const asked = fixture.runtime.do(singleStepTransfer, { ...inside, ...phone('120'), whenAnswered: true });
  await assert.rejects(asked, { code: 'invalidState' });
});
