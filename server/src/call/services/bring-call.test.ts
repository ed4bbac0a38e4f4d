import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRef } from '../model/call.ts';
import { replay } from '../model/evolve.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { bringCall } from './bring-call.ts';
import { enterConference } from './enter-conference.ts';
import { holdCall } from './hold-call.ts';

const page = { kind: 'external', number: 'anonymous', name: 'Ann' } as const;

/** Ann's page (leg P) is in the conference; 101, her phone, talks to 100 (leg A). */
async function inBoth(roomSize = 50) {
  const fixture = new RuntimeFixture();
  const { runtime } = fixture;
  const conference = await fixture.enter('103', { roomSize });
  const policy = runtime.call(conference.callId)!.conference!;
  const into = await runtime.do(enterConference, { legId: 'P', device: page, policy, role: 'moderator' });
  const { callId, called, calledLeg } = await fixture.talking('A');
  return { fixture, into, from: { callId, connectionId: called } satisfies CallRef, phone: calledLeg };
}

test('a call is brought into the conference: the other party is in it with its leg, the phone is hung up', async () => {
  for (const held of [false, true]) {
    const { fixture, into, from, phone } = await inBoth();
    if (held) await fixture.runtime.do(holdCall, from);
    fixture.ports.taken();
    await fixture.runtime.do(bringCall, { into, from });
    await fixture.settle();
    const call = fixture.runtime.call(into.callId)!;
    assert.equal(fixture.runtime.call(from.callId), null);
    assert.deepEqual([...call.connections.values()].map(({ legId }) => legId).sort(), ['103', 'A', 'P']);
    const brought = call.connections.get(fixture.runtime.refOfLeg('A')!.connectionId)!;
    assert.deepEqual(
      [brought.state, brought.role, brought.invitedBy, brought.device.number],
      ['connected', 'participant', into.connectionId, '100'],
    );
    assert.deepEqual(
      fixture.ports
        .taken()
        .map(inWords)
        .filter((words) => words.startsWith('clear')),
      [`clear ${phone} conference`],
    );
    assert.equal(fixture.ports.roomOfLeg.get('A'), into.callId);
    assert.equal(fixture.ports.leg('A').held, null, 'no music any more');
    assert.deepEqual(replay(fixture.store.log(into.callId)), call);
    checkAgreement(fixture, ['103', 'A', 'P']);
  }
});

test('where it cannot be, nothing changes: no room, no conference, not answered, a party that is gone', async () => {
  const { fixture, into, from } = await inBoth(2);
  const { runtime } = fixture;
  await assert.rejects(runtime.do(bringCall, { into, from }), { code: 'conferenceFull' });
  await assert.rejects(runtime.do(bringCall, { into: from, from: into }), { code: 'invalidState' });
  await assert.rejects(runtime.do(bringCall, { into, from: { ...from, connectionId: 'nobody' } }), {
    code: 'connectionNotFound',
  });
  assert.equal(runtime.call(from.callId)?.connected, 2);

  const other = await inBoth();
  const { ref, calledLeg } = await other.fixture.dialled('B');
  const rings = { callId: ref.callId, connectionId: other.fixture.runtime.refOfLeg(calledLeg)!.connectionId };
  await assert.rejects(other.fixture.runtime.do(bringCall, { into: other.into, from: rings }), {
    code: 'invalidState',
  });
  await assert.rejects(other.fixture.runtime.do(bringCall, { into: other.from, from: other.from }), {
    code: 'invalidState',
  });
});
