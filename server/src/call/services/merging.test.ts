import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../model/evolve.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { Consultation, consulted } from '../testing/consultation.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { alternateCall } from './alternate-call.ts';
import { answerCall } from './answer-call.ts';
import { associateData } from './associate-data.ts';
import { clearCall } from './clear-call.ts';
import { conferenceCall } from './conference-call.ts';
import { consultationCall } from './consultation-call.ts';
import { holdCall } from './hold-call.ts';
import { joinCall } from './join-call.ts';
import { singleStepConference } from './single-step-conference.ts';
import { transferCall } from './transfer-call.ts';

const redirections = [{ by: extension('104'), reason: 'deflected' }] as const;
const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords).sort();

test('consult, alternate, merge: the legs pass between the calls, rooms and logs follow', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, agent, third } = one;
  assert.deepEqual(fixture.runtime.refOfLeg(agent), consult);
  assert.equal(fixture.ports.leg('A').held, 'music');
  assert.equal(fixture.ports.roomOfLeg.get(agent), undefined);
  await one.report(third, 'answered');
  assert.equal(fixture.ports.roomOfLeg.get(agent), consult.callId);

  told(fixture);
  await one.swap(consult, original);
  assert.deepEqual(told(fixture), [`join ${agent}`, `set ${third} held=music`, 'set A held=null'].sort());
  assert.equal(fixture.ports.roomOfLeg.get(agent), original.callId);
  await one.swap(original, consult);

  // While the merge waits for the disk, the third phone presses hold: its report follows it into the other call.
  const merged = fixture.runtime.do(conferenceCall, one.merging);
  fixture.runtime.report(third, { type: 'heldByPeer' });
  told(fixture);
  await merged;
  await fixture.settle();
  const call = fixture.runtime.call(original.callId)!;
  assert.equal(call.connections.size, 3);
  assert.equal(fixture.runtime.refOfLeg(third)!.callId, original.callId);
  assert.equal(call.connections.get(fixture.runtime.refOfLeg(third)!.connectionId)!.state, 'hold');
  assert.deepEqual(fixture.runtime.refOfLeg(agent), original);
  for (const leg of ['A', agent, third]) assert.equal(fixture.ports.roomOfLeg.get(leg), original.callId);
  assert.deepEqual(replay(fixture.store.log(original.callId)), call);
  assert.ok(!told(fixture).some((text) => text.startsWith('clear')));
  checkAgreement(fixture, ['A', agent, third]);
});

test('a merge is told in one order: the consultation ends, then the original goes on with all', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult } = one;
  await one.report(one.third, 'answered');
  fixture.published.length = 0;
  await fixture.runtime.do(conferenceCall, one.merging);
  const names = new Map([
    [original.callId, 'original'],
    [consult.callId, 'consult'],
  ]);
  assert.deepEqual(
    fixture.published.map(({ callId, type, cause }) => `${names.get(callId)} ${type} ${cause}`),
    [
      'consult transferred conference',
      'consult transferred conference',
      'consult connectionCleared conference',
      'consult connectionCleared conference',
      'consult callCleared conference',
      'original retrieved conference',
      'original conferenced conference',
    ],
  );
});

test('a transfer: of the one who transfers the original ends first; the two others talk', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, agent, third } = one;
  await one.report(third, 'answered');
  told(fixture);
  fixture.published.length = 0;
  await fixture.runtime.do(transferCall, one.merging);
  assert.deepEqual(
    told(fixture),
    ['closeRoom', `leave ${agent}`, `clear ${agent} transfer`, `join ${third}`, 'set A held=null'].sort(),
  );
  assert.deepEqual(
    fixture.published.map(({ callId, type }) => `${callId === original.callId ? 'original' : 'consult'} ${type}`),
    [
      'original connectionCleared',
      'consult transferred',
      'consult transferred',
      'consult connectionCleared',
      'consult connectionCleared',
      'consult callCleared',
      'original conferenced',
    ],
  );
  assert.equal(one.call(original)!.connections.size, 2);
  assert.equal(one.call(consult), null);
  await one.over('A', 'cleared', 'normal');
  assert.deepEqual(fixture.runtime.snapshot(), []);
  assert.equal(fixture.runtime.refOfLeg(third), null);
});

test('two calls are not merged while their phone talks in a third', async () => {
  const one = await Consultation.begin();
  const { fixture, consult, merging } = one;
  await one.report(one.third, 'answered');
  const third = await fixture.runtime.do(consultationCall, { ...consult, device: extension('103'), ...consulted });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  await assert.rejects(fixture.runtime.do(conferenceCall, merging), { code: 'invalidState' });
  assert.equal(one.stands(), 'original hold without leg, consult hold without leg');
  await fixture.runtime.do(holdCall, third);
  await fixture.runtime.do(conferenceCall, merging);
  assert.equal(one.call(one.original)!.connections.size, 3);
  assert.equal(fixture.runtime.call(third.callId)!.connections.get(third.connectionId)!.legHere, false);
  checkAgreement(fixture, ['A', one.agent, one.third]);
});

test('what cannot be merged is refused and left as it is', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, merging } = one;
  for (const service of [conferenceCall, transferCall]) {
    await assert.rejects(fixture.runtime.do(service, merging), { code: 'invalidState' }, 'not answered yet');
    const same = { original, consult: original };
    await assert.rejects(fixture.runtime.do(service, same), { code: 'invalidState' });
  }
  await one.report(one.third, 'answered');
  const other = await fixture.talking('B');
  const strangers = { original: { callId: other.callId, connectionId: other.caller }, consult };
  for (const service of [conferenceCall, transferCall]) {
    await assert.rejects(fixture.runtime.do(service, strangers), { code: 'invalidState' }, 'two phones');
  }
  const before = fixture.runtime.call(original.callId);
  await fixture.runtime.do(clearCall, { callId: consult.callId });
  for (const service of [conferenceCall, transferCall]) {
    await assert.rejects(fixture.runtime.do(service, merging), { code: 'callNotFound' });
  }
  assert.equal(fixture.runtime.call(original.callId), before);
});

/** Somebody who listens to the call. */
async function listener(fixture: RuntimeFixture, callId: string): Promise<void> {
  await fixture.runtime.do(joinCall, { callId, mode: 'listen', device: extension('150'), ...consulted });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
}

test('whoever listens takes no place of a party in what the calls merge into, but has one of those who listen', async () => {
  const fixture = new RuntimeFixture();
  await fixture.enter('A', { roomSize: 3 });
  const original = await fixture.enter('B', { roomSize: 3 });
  const consult = await fixture.runtime.do(consultationCall, { ...original, device: extension('102'), ...consulted });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  for (let i = 0; i < 2; i++) await listener(fixture, consult.callId);
  await fixture.runtime.do(conferenceCall, { original, consult });
  const call = fixture.runtime.call(original.callId)!;
  assert.deepEqual([call.connections.size, call.supervisors.length], [5, 2]);
  await assert.rejects(fixture.enter('C', { roomSize: 3 }), { code: 'conferenceFull' });
  checkAgreement(fixture, ['A', 'B']);

  const full = await Consultation.begin();
  await full.report(full.third, 'answered');
  for (let i = 0; i < 15; i++) await listener(full.fixture, full.original.callId);
  for (let i = 0; i < 2; i++) await listener(full.fixture, full.consult.callId);
  const before = full.stands();
  for (const service of [conferenceCall, transferCall]) {
    await assert.rejects(full.fixture.runtime.do(service, full.merging), { code: 'conferenceFull' });
  }
  assert.equal(full.stands(), before);
});

test('all who come by a merge find a place, or nobody comes', async () => {
  for (const [roomSize, fits] of [
    [3, true],
    [2, false],
  ] as const) {
    const fixture = new RuntimeFixture();
    await fixture.enter('A', { roomSize });
    const original = await fixture.enter('B', { roomSize });
    const consult = await fixture.runtime.do(consultationCall, { ...original, device: extension('102'), ...consulted });
    fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    const merged = fixture.runtime.do(conferenceCall, { original, consult });
    if (fits) await merged;
    else await assert.rejects(merged, { code: 'conferenceFull' });
    assert.equal(fixture.runtime.call(original.callId)!.connections.size, fits ? 3 : 2);
    assert.equal(fixture.runtime.call(consult.callId) === null, fits);
    // In the place of the one who transfers there is room for one.
    if (!fits) await fixture.runtime.do(transferCall, { original, consult });
    assert.equal(fixture.runtime.call(original.callId)!.connections.size, roomSize);
    checkAgreement(fixture, ['A', 'B']);
  }
});

test('call records of a merge and a transfer: each party in each call once, and whoever dialled a party pays for it', async () => {
  for (const [service, expected] of [
    [
      conferenceCall,
      [
        '101 → 102 x101 to conference',
        '101 → 102 x101 from conference',
        '100 → 101 x100 from normal',
        '100 → 101 x100 to normal',
        '100 → 102 x101 to normal',
      ],
    ],
    [
      transferCall,
      [
        '100 → 101 x100 to transfer',
        '101 → 102 x101 to transfer',
        '101 → 102 x101 from transfer',
        '100 → 101 x100 from normal',
        '100 → 102 x101 to normal',
      ],
    ],
  ] as const) {
    const one = await Consultation.begin();
    const { fixture, original } = one;
    fixture.clock.advance(1000);
    await one.report(one.third, 'answered');
    const answeredAt = fixture.clock.now();
    fixture.clock.advance(5000);
    await fixture.runtime.do(service, one.merging);
    fixture.clock.advance(7000);
    await fixture.runtime.do(clearCall, { callId: original.callId });
    const records = fixture.store.allRecords();
    const lines = records.map(
      ({ from, to, charged, end, cause }) => `${from.number} → ${to.number} ${charged} ${end} ${cause}`,
    );
    assert.deepEqual(lines.toSorted(), expected.toSorted());
    const third = records.filter(({ to, end }) => to.number === '102' && end === 'to');
    assert.deepEqual(
      third.map((record) => [record.answeredAt, record.endedAt - answeredAt, record.disposition]),
      [
        [answeredAt, 5000, 'answered'],
        [answeredAt, 12_000, 'answered'],
      ],
    );
    assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
  }
});

test('what is attached to the consultation goes with those who come by it; what the original has stays', async () => {
  for (const service of [conferenceCall, transferCall]) {
    const one = await Consultation.begin();
    const { fixture, original, consult } = one;
    await one.report(one.third, 'answered');
    await fixture.runtime.do(associateData, { callId: original.callId, set: { customer: 7, language: 'de' } });
    await fixture.runtime.do(associateData, { callId: consult.callId, set: { customer: 8, expert: 'yes' } });
    await fixture.runtime.do(service, one.merging);
    const call = one.call(original)!;
    assert.deepEqual(call.data, { customer: 7, language: 'de', expert: 'yes' });
    assert.deepEqual(replay(fixture.store.log(original.callId)), call);
    assert.equal(fixture.store.log(original.callId).at(-1)?.type, 'conferenced');
  }
  const full = await Consultation.begin();
  await full.report(full.third, 'answered');
  const { fixture, original, consult, merging } = full;
  await fixture.runtime.do(associateData, { callId: original.callId, set: { long: 'x'.repeat(16_000) } });
  await fixture.runtime.do(associateData, { callId: consult.callId, set: { more: 'x'.repeat(1000) } });
  await fixture.runtime.do(conferenceCall, merging);
  assert.deepEqual(Object.keys(full.call(original)!.data), ['long']);
});

/** The phone of 102 is in the original too: it waits there, or is in it and holds it. */
async function inBoth(also: 'waits' | 'holds') {
  const one = await Consultation.begin();
  const { fixture, original, third } = one;
  await one.report(third, 'answered');
  const dial = { device: extension('102'), ...consulted, atLeg: third };
  const into = { into: { callId: original.callId }, role: 'participant' } as const;
  const second = await fixture.runtime.do(singleStepConference, { ...dial, ...into });
  if (also === 'holds') {
    await fixture.runtime.do(answerCall, second);
    await fixture.runtime.do(alternateCall, { active: second, held: fixture.runtime.connectionsOf('x102')[0]! });
  }
  return { one, second };
}

test('a phone that is, or waits, in both calls is in what they merge into once, and talks', async () => {
  for (const also of ['waits', 'holds'] as const) {
    for (const service of [conferenceCall, transferCall]) {
      const { one, second } = await inBoth(also);
      const { fixture, original, agent, third } = one;
      await fixture.runtime.do(service, one.merging);
      const call = one.call(original)!;
      const own = [...call.connections.values()].filter(({ legId }) => legId === third);
      assert.deepEqual(
        own.map(({ state, legHere }) => [state, legHere]),
        [['connected', true]],
        `${also}, ${service === conferenceCall ? 'merged' : 'transferred'}`,
      );
      assert.equal(call.connections.has(second.connectionId), also === 'holds');
      assert.equal(fixture.ports.roomOfLeg.get(third), original.callId);
      assert.equal(call.connected, service === conferenceCall ? 3 : 2);
      assert.deepEqual(fixture.ports.faults, []);
      checkAgreement(fixture, service === conferenceCall ? ['A', agent, third] : ['A', third]);
    }
  }
});

test('a phone does not wait at its own leg for the call that it is in', async () => {
  const { one } = await inBoth('holds');
  const { fixture, original, third } = one;
  const dial = { device: extension('102'), ...consulted, atLeg: third };
  const again = { ...dial, into: { callId: original.callId }, role: 'participant' } as const;
  await assert.rejects(fixture.runtime.do(singleStepConference, again), { code: 'conflict' });
});

test('a phone that rings in the consultation rings on in the original as it did, and no longer', async () => {
  for (const service of [conferenceCall, transferCall]) {
    const one = await Consultation.begin();
    const { fixture, original, consult } = one;
    const { runtime } = fixture;
    await one.report(one.third, 'answered');
    const busy = await fixture.talking('B');
    const into = { into: { callId: consult.callId }, role: 'participant', ...consulted } as const;
    await runtime.do(singleStepConference, { ...into, device: extension('103'), redirections });
    const ringing = fixture.lastDialled();
    runtime.report(ringing, { type: 'delivered', answerable: true });
    await runtime.do(singleStepConference, { ...into, device: extension('101'), atLeg: busy.calledLeg });
    await fixture.settle();
    await runtime.do(service, one.merging);
    const call = one.call(original)!;
    const rings = [...call.connections.values()].find(({ legId }) => legId === ringing)!;
    assert.deepEqual([rings.state, rings.redirections], ['alerting', redirections]);
    assert.equal(call.ringing, 2);
    fixture.ports.taken();
    await runtime.do(answerCall, { callId: call.id, connectionId: rings.id });
    assert.deepEqual(fixture.ports.taken().map(inWords), [`answer ${ringing}`]);
    await fixture.clock.advanceAsync(consulted.timeoutMs);
    await fixture.settle();
    assert.equal(one.call(original)!.ringing, 1, 'nobody waits any more for a phone in use');
    checkAgreement(fixture, ['A', 'B', one.agent, one.third, ringing, busy.calledLeg]);
  }
});
