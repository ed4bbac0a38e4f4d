import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../model/call.ts';
import type { ConferencePolicy } from '../model/conference-policy.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { Consultation, consulted } from '../testing/consultation.ts';
import { permitted } from '../testing/permitted.ts';
import { extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { conferenceCall } from './conference-call.ts';
import { consultConference } from './consult-conference.ts';
import { consultationCall } from './consultation-call.ts';
import { holdCall } from './hold-call.ts';
import { retrieveCall } from './retrieve-call.ts';
import { transferCall } from './transfer-call.ts';

const trunk = { kind: 'trunk', trunk: 'carrier', number: '555', account: 'org-7' } as const;
const outside = { kind: 'external', number: '555', name: '' } as const;

/** 101 is in the scheduled conference with `others`, and consults somebody who has answered. */
async function fromConference(others: readonly string[], change: Partial<ConferencePolicy> = {}, to = consulted) {
  const fixture = new RuntimeFixture();
  const original = await fixture.enter('101', change, 'moderator');
  for (const other of others) await fixture.enter(other, change);
  const device = to === consulted ? extension('102') : outside;
  const consult = await fixture.runtime.do(consultationCall, { ...original, device, ...to });
  const third = fixture.lastDialled();
  fixture.runtime.report(third, { type: 'answered' });
  await fixture.settle();
  return { fixture, original, consult, third };
}

test('who is consulted from a scheduled conference joins that conference, also where the agent was alone in it', async () => {
  for (const others of [['100', '103'], []]) {
    const { fixture, original, consult, third } = await fromConference(others);
    assert.equal(fixture.runtime.call(original.callId)?.connected, others.length);
    const before = fixture.published.length;
    await fixture.runtime.do(conferenceCall, { original, consult });
    const call = fixture.runtime.call(original.callId)!;
    assert.deepEqual([call.kind, call.connected], ['conference', others.length + 2]);
    assert.equal(fixture.runtime.call(consult.callId), null);
    assert.equal(fixture.runtime.callOfConference('weekly')?.id, original.callId);
    const own = call.connections.get(fixture.runtime.refOfLeg(third)!.connectionId)!;
    assert.deepEqual([own.role, own.state], ['participant', 'connected']);
    assert.deepEqual(
      fixture.published
        .slice(before)
        .map(({ type }) => type)
        .filter((type) => type !== 'talking'),
      [
        ...Array(2).fill('transferred'),
        ...Array(2).fill('connectionCleared'),
        'callCleared',
        'retrieved',
        'conferenced',
      ],
    );
    checkAgreement(fixture, ['101', ...others, third]);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('a conference that is full or locked takes nobody by a merge either; both calls stay as they are', async () => {
  for (const [change, code] of [
    [{ roomSize: 2 }, 'conferenceFull'],
    [{ locked: true }, 'conferenceLocked'],
  ] as const) {
    const { fixture, original, consult } = await fromConference(change.locked === true ? [] : ['100'], change);
    await assert.rejects(fixture.runtime.do(conferenceCall, { original, consult }), { code });
    assert.equal(fixture.runtime.call(consult.callId)?.connected, 2);
    await fixture.runtime.do(clearConnection, consult);
    await fixture.runtime.do(retrieveCall, original);
  }
});

test('a number over a trunk is consulted and comes into the conference with what it costs, until it hangs up', async () => {
  const { fixture, original, consult, third } = await fromConference(['100'], {}, {
    ...consulted,
    target: trunk,
  } as never);
  await fixture.runtime.do(conferenceCall, { original, consult });
  const ref = fixture.runtime.refOfLeg(third)!;
  assert.deepEqual(fixture.runtime.call(ref.callId)?.connections.get(ref.connectionId)?.target, trunk);
  fixture.runtime.report(third, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(original.callId)?.connected, 2);
});

/** 101 talks to 100, holds that, and goes into the conference, where 103 is. */
async function consultedConference(others: readonly string[] = ['103']) {
  const fixture = new RuntimeFixture();
  for (const other of others) await fixture.enter(other);
  const { callId, called, calledLeg } = await fixture.talking('A');
  const original: CallRef = { callId, connectionId: called };
  const consult = await fixture.runtime.do(consultConference, { ...original, policy: policy(), role: 'participant' });
  return { fixture, original, consult, calledLeg };
}

test('a conference is consulted: the caller waits with music, and comes into it, or is retrieved', async () => {
  for (const others of [['103'], []]) {
    const { fixture, original, consult, calledLeg } = await consultedConference(others);
    assert.equal(fixture.ports.leg('A').held, 'music');
    assert.equal(fixture.ports.roomOfLeg.get(calledLeg), consult.callId);
    const at = fixture.runtime.call(original.callId)!;
    const may = permitted(at, at.connections.get(original.connectionId)!, [fixture.runtime.call(consult.callId)!]);
    assert.deepEqual([may.conferenceCall, may.transferCall], [[consult], [consult]]);
    await fixture.runtime.do(conferenceCall, { original, consult });
    assert.equal(fixture.runtime.call(original.callId), null);
    assert.equal(fixture.runtime.callOfConference('weekly')?.connected, others.length + 2);
    checkAgreement(fixture, ['A', calledLeg, ...others]);
    assert.deepEqual(fixture.ports.faults, []);
  }
  const { fixture, original, consult, calledLeg } = await consultedConference();
  await fixture.runtime.do(clearConnection, consult);
  await fixture.runtime.do(retrieveCall, original);
  assert.equal(fixture.ports.roomOfLeg.get(calledLeg), original.callId);
  assert.equal(fixture.runtime.callOfConference('weekly')?.connected, 1);
  const again = { ...original, policy: policy({ roomSize: 1 }), role: 'participant' } as const;
  await fixture.runtime.do(clearCall, { callId: fixture.runtime.callOfConference('weekly')!.id });
  await fixture.enter('103', { roomSize: 1 });
  await assert.rejects(fixture.runtime.do(consultConference, again), { code: 'conferenceFull' });
  assert.equal(fixture.runtime.call(original.callId)?.connected, 2);
});

test('the caller is handed over to the conference: who did so is in neither', async () => {
  const { fixture, original, consult, calledLeg } = await consultedConference();
  await fixture.runtime.do(transferCall, { original, consult });
  const call = fixture.runtime.callOfConference('weekly')!;
  assert.deepEqual(
    [...call.connections.values()].map(({ device }) => device.number),
    ['103', '100'],
  );
  assert.equal(fixture.runtime.refOfLeg(calledLeg), null);
  checkAgreement(fixture, ['A', '103']);
});

test('a third call of the agent is on hold before, during and after a merge, and can be taken back', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, agent } = one;
  await one.report(one.third, 'answered');
  const third = await fixture.runtime.do(consultationCall, { ...consult, device: extension('103'), ...consulted });
  const other = fixture.lastDialled();
  fixture.runtime.report(other, { type: 'answered' });
  await fixture.settle();
  await fixture.runtime.do(holdCall, third);
  await fixture.runtime.do(conferenceCall, one.merging);
  assert.equal(fixture.ports.leg(other).held, 'music');
  assert.deepEqual(fixture.runtime.refOfLeg(agent), original);
  await fixture.runtime.do(holdCall, original);
  await fixture.runtime.do(retrieveCall, third);
  assert.equal(fixture.ports.roomOfLeg.get(agent), third.callId);
  assert.equal(fixture.ports.leg(other).held, null);
  await fixture.runtime.do(conferenceCall, { original, consult: third });
  assert.equal(one.call(original)?.connected, 4);
  checkAgreement(fixture, ['A', agent, one.third, other]);
});

test('a merge races with everybody who hangs up: one of the two comes first, and nobody is left where nothing can be done', async () => {
  const ends = ['A', 'agent', 'third', 'consult', 'original', 'seat'] as const;
  for (const who of ends) {
    for (const first of [true, false]) {
      for (const service of [conferenceCall, transferCall]) {
        const one = await Consultation.begin();
        const { fixture, original, consult, agent, third, merging } = one;
        await one.report(third, 'answered');
        const end = () => {
          if (who === 'consult') return fixture.runtime.do(clearCall, { callId: consult.callId });
          if (who === 'original') return fixture.runtime.do(clearCall, { callId: original.callId });
          if (who === 'seat') return fixture.runtime.do(clearConnection, consult);
          const legId = who === 'agent' ? agent : who === 'third' ? third : who;
          fixture.runtime.report(legId, { type: 'cleared', cause: 'normal' });
          return Promise.resolve();
        };
        const merge = () => fixture.runtime.do(service, merging);
        const results = await Promise.allSettled(first ? [end(), merge()] : [merge(), end()]);
        await fixture.settle();
        for (const result of results) {
          if (result.status === 'fulfilled') continue;
          const { code } = result.reason as AppError;
          assert.ok(['callNotFound', 'connectionNotFound', 'invalidState'].includes(code), `${who}: ${code}`);
        }
        // Each that is still there is in one call, with somebody, and is put out of it by ClearCall.
        for (const call of fixture.runtime.snapshot()) {
          assert.ok(call.connections.size >= 2, who);
          for (const { legId } of call.connections.values()) assert.ok(fixture.runtime.refOfLeg(legId), who);
        }
        assert.deepEqual(fixture.ports.faults, [], who);
        for (const { id } of fixture.runtime.snapshot()) await fixture.runtime.do(clearCall, { callId: id });
        assert.equal(fixture.runtime.counters().connections, 0);
        for (const legId of ['A', agent, third]) assert.equal(fixture.runtime.refOfLeg(legId), null, who);
      }
    }
  }
});
