import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../model/evolve.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { permitted } from '../testing/permitted.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { alternateCall } from './alternate-call.ts';
import { conferenceCall } from './conference-call.ts';
import { holdCall } from './hold-call.ts';
import { receiveCall } from './receive-call.ts';
import { transferCall } from './transfer-call.ts';

/* Two calls of one phone that has a leg for each: it has held the one, and dialled or answered the other. */

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords).sort();

/**
 * 101 talks to 100 on one leg, holds that by itself (or has it held), and has called or been called on another by 103.
 */
async function twoLegs(calls: 'calls' | 'is called', holds: 'by itself' | 'asks' = 'by itself') {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking('A');
  const original = { callId, connectionId: called };
  if (holds === 'asks') await fixture.runtime.do(holdCall, original);
  else fixture.runtime.report(calledLeg, { type: 'heldByPeer' });
  const [from, to] = calls === 'calls' ? ['101', '103'] : ['103', '101'];
  const second = await fixture.runtime.do(receiveCall, {
    kind: 'call',
    legId: 'B',
    organizationId: 'org',
    from: extension(from),
    to: extension(to),
    target: { kind: 'terminal', aor: to },
    callerId: { name: '', number: from },
    timeoutMs: 1000,
  });
  const dialled = fixture.lastDialled();
  fixture.runtime.report(dialled, { type: 'answered' });
  await fixture.settle();
  const [own, other] = calls === 'calls' ? ['B', dialled] : [dialled, 'B'];
  const consult = { callId: second.callId, connectionId: fixture.runtime.refOfLeg(own)!.connectionId };
  return { fixture, original, consult, first: calledLeg, own, other };
}

test('a phone that has a leg for each of its calls merges them on the one on which it talks, or that it names; the other ends', async () => {
  for (const calls of ['calls', 'is called'] as const)
    for (const named of [null, 'held', 'talked on'] as const) {
      const { fixture, original, consult, first, own, other } = await twoLegs(calls);
      const merging = { original, consult };
      if (named === 'held') {
        const goesOnBy = first;
        const silent = { code: 'invalidState' };
        await assert.rejects(fixture.runtime.do(conferenceCall, { ...merging, goesOnBy }), silent);
        fixture.runtime.report(first, { type: 'heldByPeer', back: 'atOnce' });
        await fixture.settle();
      }
      const at = (ref: typeof original) => fixture.runtime.call(ref.callId)!;
      const may = permitted(at(original), at(original).connections.get(original.connectionId)!, [at(consult)]);
      assert.deepEqual([may.conferenceCall, may.transferCall], [[consult], [consult]]);
      fixture.ports.taken();
      const [stays, ends] = named === 'held' ? [first, own] : [own, first];
      await fixture.runtime.do(conferenceCall, { ...merging, ...(named === null ? {} : { goesOnBy: stays }) });
      const words = told(fixture);
      assert.ok(words.includes(`clear ${ends} conference`), words.join());
      assert.ok(!words.some((text) => text.startsWith(`clear ${stays}`)));
      const call = at(original);
      assert.equal(fixture.runtime.call(consult.callId), null);
      assert.deepEqual(fixture.runtime.refOfLeg(stays), original);
      assert.deepEqual([call.connected, call.connections.size, fixture.runtime.refOfLeg(ends)], [3, 3, null]);
      for (const leg of ['A', stays, other]) assert.equal(fixture.ports.roomOfLeg.get(leg), original.callId);
      assert.deepEqual(replay(fixture.store.log(original.callId)), call);
      checkAgreement(fixture, ['A', stays, other]);
      // The phone hangs up: it is out of everything, the others go on.
      fixture.runtime.report(stays, { type: 'cleared', cause: 'normal' });
      await fixture.settle();
      assert.equal(at(original).connections.size, 2);
      assert.deepEqual(fixture.ports.faults, []);
    }
});

test('a phone that puts its only call on hold and calls somebody by itself consults; who is called meanwhile does not', async () => {
  for (const calls of ['calls', 'is called'] as const) {
    const { fixture, original, consult } = await twoLegs(calls);
    assert.equal(fixture.runtime.call(consult.callId)?.parent, calls === 'calls' ? original.callId : null);
  }
});

test('a phone that has a leg for each of its calls hands one over to the other, and swaps them', async () => {
  const handing = await twoLegs('is called');
  await handing.fixture.runtime.do(transferCall, handing);
  assert.deepEqual(told(handing.fixture).filter((text) => text.startsWith('clear')).length, 2);
  const call = handing.fixture.runtime.call(handing.original.callId)!;
  assert.deepEqual([...call.connections.values()].map(({ device }) => device.number).sort(), ['100', '103']);
  checkAgreement(handing.fixture, ['A', handing.other]);

  // Each on its own leg, where the phone talks whichever of them the sound is on.
  const { fixture, original, consult, first, own, other } = await twoLegs('calls', 'asks');
  await fixture.runtime.do(alternateCall, { active: consult, held: original });
  assert.deepEqual([fixture.ports.leg('A').held, fixture.ports.leg(other).held], [null, 'music']);
  assert.deepEqual([fixture.ports.leg(first).held, fixture.ports.leg(own).held], [null, 'silence']);
  // It talks in the original: that leg goes on, and that of the consultation ends.
  fixture.ports.taken();
  await fixture.runtime.do(conferenceCall, { original, consult });
  assert.ok(told(fixture).includes(`clear ${own} conference`));
  checkAgreement(fixture, ['A', first, other]);
});

test('what a phone holds by itself nobody can take back for it: swapped, both calls have the leg on which it talks, and the other ends', async () => {
  for (const calls of ['calls', 'is called'] as const)
    for (const holds of ['by itself', 'asks'] as const) {
      const { fixture, original, consult, first, own, other } = await twoLegs(calls, holds);
      // It is held already, and now by the phone too, which is what counts.
      if (holds === 'asks') fixture.runtime.report(first, { type: 'heldByPeer' });
      await fixture.settle();
      const at = (ref: typeof original) => fixture.runtime.call(ref.callId)!.connections.get(ref.connectionId)!;
      fixture.ports.taken();
      await fixture.runtime.do(alternateCall, { active: consult, held: original });
      assert.ok(told(fixture).includes(`clear ${first} normal`));
      assert.deepEqual([at(original).state, at(original).legId, at(original).legHere], ['connected', own, true]);
      assert.deepEqual([at(consult).state, at(consult).legId, at(consult).legHere], ['hold', own, false]);
      assert.deepEqual(fixture.runtime.refOfLeg(own), original);
      assert.equal(fixture.ports.leg(other).held, 'music');
      assert.equal(fixture.ports.roomOfLeg.get(own), original.callId);
      checkAgreement(fixture, ['A', own, other]);
      await fixture.runtime.do(alternateCall, { active: original, held: consult });
      assert.deepEqual(fixture.runtime.refOfLeg(own), consult);
      assert.equal(fixture.ports.leg('A').held, 'music');
      for (const ref of [original, consult]) {
        assert.deepEqual(replay(fixture.store.log(ref.callId)), fixture.runtime.call(ref.callId));
      }
      await fixture.runtime.do(conferenceCall, { original, consult });
      assert.ok(!told(fixture).some((text) => text.startsWith('clear')));
      checkAgreement(fixture, ['A', own, other]);
      assert.deepEqual(fixture.ports.faults, []);
    }
});

test('who takes back what it held by itself swaps as before', async () => {
  const { fixture, original, consult, first, own } = await twoLegs('calls');
  fixture.runtime.report(own, { type: 'heldByPeer' });
  fixture.runtime.report(first, { type: 'retrievedByPeer' });
  await fixture.settle();
  fixture.ports.taken();
  await fixture.runtime.do(alternateCall, { active: original, held: consult });
  assert.ok(told(fixture).includes(`clear ${own} normal`));
  assert.deepEqual(fixture.runtime.refOfLeg(first), consult);
});
