import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAgreement } from '../testing/agreement.ts';
import { Consultation, consulted } from '../testing/consultation.ts';
import { extension, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { conferenceCall } from './conference-call.ts';
import { consultationCall } from './consultation-call.ts';
import { retrieveCall } from './retrieve-call.ts';
import type { Service } from './service.ts';
import { transferCall } from './transfer-call.ts';

/*
 * Two calls of one phone: 100 (leg A) talks to 101, who consults 102. Every way out of every step of it.
 */

const stages: Record<string, (one: Consultation) => Promise<void>> = {
  dialled: async () => {},
  alerting: (one) => one.report(one.third, 'delivered'),
  answered: (one) => one.report(one.third, 'answered'),
  swapped: async (one) => {
    await one.report(one.third, 'answered');
    await one.swap(one.consult, one.original);
  },
  merged: async (one) => {
    await one.report(one.third, 'answered');
    await one.fixture.runtime.do(conferenceCall, one.merging);
  },
  transferred: async (one) => {
    await one.report(one.third, 'answered');
    await one.fixture.runtime.do(transferCall, one.merging);
  },
};

const ways: Record<string, (one: Consultation) => Promise<unknown>> = {
  'third is busy or hangs up': (one) =>
    one.call(one.consult)?.answered === 2 || one.call(one.consult) === null
      ? one.over(one.third, 'cleared', 'normal')
      : one.over(one.third, 'failed', 'busy'),
  'first hangs up': (one) => one.over('A', 'cleared', 'normal'),
  "agent's phone hangs up": (one) => one.over(one.agent, 'cleared', 'normal'),
  "agent's sound is lost": (one) => one.report(one.agent, 'mediaLost'),
  'consultation ended': (one) => one.fixture.runtime.do(clearCall, { callId: one.consult.callId }).catch(() => {}),
  'agent leaves consultation': (one) => one.fixture.runtime.do(clearConnection, one.consult).catch(() => {}),
  'agent leaves original': (one) => one.fixture.runtime.do(clearConnection, one.original).catch(() => {}),
  'original ended': (one) => one.fixture.runtime.do(clearCall, { callId: one.original.callId }).catch(() => {}),
};

/** What is left, and which legs were told to end: `original hold without leg | third`. */
const outcomes: Record<string, Record<string, string>> = {
  'third is busy or hangs up': {
    dialled: 'original hold without leg |',
    alerting: 'original hold without leg |',
    answered: 'original hold without leg |',
    swapped: 'original connected |',
    merged: 'original connected |',
    transferred: 'nothing | first',
  },
  'first hangs up': {
    dialled: 'consult connected |',
    alerting: 'consult connected |',
    answered: 'consult connected |',
    swapped: 'consult hold without leg |',
    merged: 'original connected |',
    transferred: 'nothing | third',
  },
  "agent's phone hangs up": {
    dialled: 'nothing | first third',
    alerting: 'nothing | first third',
    answered: 'nothing | first third',
    swapped: 'nothing | first third',
    merged: 'original of 2 |',
    transferred: 'original of 2 |',
  },
  "agent's sound is lost": {
    dialled: 'nothing | agent first third',
    alerting: 'nothing | agent first third',
    answered: 'nothing | agent first third',
    swapped: 'nothing | agent first third',
    merged: 'original of 2 | agent',
    transferred: 'original of 2 |',
  },
  'consultation ended': {
    dialled: 'original hold without leg | third',
    alerting: 'original hold without leg | third',
    answered: 'original hold without leg | third',
    swapped: 'original connected | third',
    merged: 'original connected |',
    transferred: 'original of 2 |',
  },
  'agent leaves consultation': {
    dialled: 'original hold without leg | third',
    alerting: 'original hold without leg | third',
    answered: 'original hold without leg | third',
    swapped: 'original connected | third',
    merged: 'original connected |',
    transferred: 'original of 2 |',
  },
  'agent leaves original': {
    dialled: 'consult connected | first',
    alerting: 'consult connected | first',
    answered: 'consult connected | first',
    swapped: 'consult hold without leg | first',
    merged: 'original of 2 | agent',
    transferred: 'original of 2 |',
  },
  'original ended': {
    dialled: 'consult connected | first',
    alerting: 'consult connected | first',
    answered: 'consult connected | first',
    swapped: 'consult hold without leg | first',
    merged: 'nothing | agent first third',
    transferred: 'nothing | first third',
  },
};

test('every way of giving up, at every step: what is left, which phones are hung up, and nobody forgotten', async () => {
  for (const [way, leave] of Object.entries(ways)) {
    for (const [stage, reach] of Object.entries(stages)) {
      const what = `${way}, ${stage}`;
      const one = await Consultation.begin();
      await reach(one);
      one.cleared();
      await leave(one);
      await one.fixture.settle();
      assert.equal(`${one.stands()} | ${one.cleared().join(' ')}`.trimEnd(), outcomes[way]?.[stage], what);
      checkAgreement(one.fixture, ['A', one.agent, one.third]);
      await checkNobodyIsForgotten(one, what);
    }
  }
});

/** Whatever is held can be retrieved; then all can be ended. */
async function checkNobodyIsForgotten({ fixture, original, consult }: Consultation, what: string): Promise<void> {
  for (const ref of [original, consult]) {
    const own = fixture.runtime.call(ref.callId)?.connections.get(ref.connectionId);
    if (own?.state !== 'hold') continue;
    await fixture.runtime.do(retrieveCall, ref);
    assert.equal(fixture.runtime.call(ref.callId)?.connections.get(ref.connectionId)?.legHere, true, what);
    checkAgreement(fixture, []);
  }
  for (const call of fixture.runtime.snapshot()) await fixture.runtime.do(clearCall, { callId: call.id });
  assert.equal(fixture.ports.rooms.size, 0, what);
  assert.equal(fixture.ports.roomOfLeg.size, 0, what);
  assert.deepEqual(fixture.ports.faults, [], what);
}

test('from a held call somebody can be consulted too, also while the phone dials or talks in another, which is held', async () => {
  const one = await Consultation.begin();
  const { fixture, original } = one;
  const again = { ...original, device: extension('103'), ...consulted };
  await assert.rejects(fixture.runtime.do(retrieveCall, original), { code: 'invalidState' });
  const early = await fixture.runtime.do(consultationCall, again);
  assert.equal(one.stands(), 'original hold without leg, consult hold without leg');
  // It rings on, and who answers waits with music.
  await one.report(one.third, 'answered');
  assert.equal(fixture.ports.leg(one.third).held, 'music');
  await fixture.runtime.do(clearConnection, early);
  await fixture.runtime.do(retrieveCall, one.consult);
  assert.equal(one.stands(), 'original hold without leg, consult connected');
  const second = await fixture.runtime.do(consultationCall, again);
  assert.equal(one.stands(), 'original hold without leg, consult hold without leg');
  checkAgreement(fixture, ['A', one.agent, one.third]);
  await fixture.runtime.do(clearConnection, second);
  await fixture.runtime.do(retrieveCall, original);
  assert.equal(one.stands(), 'original connected, consult hold without leg');
  await fixture.runtime.do(conferenceCall, one.merging);
  assert.equal(one.call(original)!.connections.size, 3);
  checkAgreement(fixture, ['A', one.agent, one.third]);
});

test('a browser that holds by itself gives its leg to the other call without a word', async () => {
  const one = await Consultation.begin();
  const { fixture, original, agent } = one;
  await one.report(one.third, 'answered');
  fixture.runtime.report(agent, { type: 'heldByPeer', back: 'atOnce' });
  await fixture.settle();
  assert.equal(one.stands(), 'original hold without leg, consult hold');
  await fixture.runtime.do(retrieveCall, original);
  assert.equal(one.stands(), 'original connected, consult hold without leg');
  checkAgreement(fixture, ['A', agent, one.third]);
});

test('a phone that holds by itself can not be had to talk by anybody else', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, agent } = one;
  await one.report(one.third, 'answered');
  await one.report(agent, 'heldByPeer');
  const refused = { code: 'invalidState' };
  for (const ref of [original, consult]) await assert.rejects(fixture.runtime.do(retrieveCall, ref), refused);
  await assert.rejects(fixture.runtime.do(conferenceCall, one.merging), refused);
  const to = { device: extension('105'), ...consulted };
  await assert.rejects(fixture.runtime.do(consultationCall, { ...original, ...to }), refused);
  assert.equal(one.stands(), 'original hold without leg, consult hold');
  // Whom it has consulted hangs up: the leg is on hold as before, in the call that is left.
  await one.over(one.third, 'cleared', 'normal');
  assert.equal(one.stands(), 'original hold');
  await assert.rejects(fixture.runtime.do(retrieveCall, original), refused);
  await one.report(agent, 'retrievedByPeer');
  assert.equal(one.stands(), 'original connected');
  checkAgreement(fixture, ['A', agent, one.third]);
});

test('a phone that can be asked is: the call is held until it has taken back, and is that which was asked for', async () => {
  const one = await Consultation.begin();
  const { fixture, original, consult, agent } = one;
  await one.report(one.third, 'answered');
  fixture.runtime.report(agent, { type: 'heldByPeer', back: 'asked' });
  await fixture.settle();
  const asked = { do: 'takeBack', legId: agent } as const;
  fixture.ports.taken();
  await fixture.runtime.do(retrieveCall, consult);
  assert.deepEqual(fixture.ports.taken(), [asked]);
  assert.equal(one.stands(), 'original hold without leg, consult hold');
  await fixture.runtime.do(retrieveCall, original);
  assert.deepEqual(fixture.ports.taken()[0], asked);
  assert.equal(one.stands(), 'original hold, consult hold without leg');
  await one.report(agent, 'retrievedByPeer');
  assert.equal(one.stands(), 'original connected, consult hold without leg');
  checkAgreement(fixture, ['A', agent, one.third]);

  // It refuses after all, and is not asked again.
  fixture.runtime.report(agent, { type: 'heldByPeer', back: 'asked' });
  await one.report(agent, 'heldByPeer');
  await assert.rejects(fixture.runtime.do(retrieveCall, original), { code: 'invalidState' });
});

test('steps that lock the same two calls in either order all get their turn', async () => {
  const { fixture, original, consult } = await Consultation.begin();
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const pairs = [
    [original.callId, consult.callId],
    [consult.callId, original.callId],
  ];
  const order: number[] = [];
  const all = [];
  for (let i = 0; i < 40; i++) {
    const touch: Service<readonly string[], void> = {
      calls: (callIds) => callIds,
      step: (draft) => {
        order.push(i);
        for (const callId of pairs[0]!) draft.emit(callId, 'dataChanged', null, 'normal', { set: { turn: i } });
      },
    };
    all.push(fixture.runtime.do(touch, i % 3 === 0 ? [pairs[0]![i % 2]!] : pairs[i % 2]!).catch(() => {}));
  }
  await Promise.all(all);
  assert.equal(order.length, 40);
});

test('a step queued for one call that meanwhile shares a leg with another waits for both', async () => {
  const fixture = new RuntimeFixture();
  const first = await fixture.talking('A');
  const original = { callId: first.callId, connectionId: first.called };
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const consulting = fixture.runtime.do(consultationCall, { ...original, device: extension('102'), ...consulted });
  // In the same batch: the phone hangs up, which ends a call that the report could not have known.
  fixture.runtime.report(first.calledLeg, { type: 'cleared', cause: 'normal' });
  await consulting;
  for (let i = 0; i < 6; i++) await fixture.settle();
  assert.deepEqual(fixture.runtime.snapshot(), []);
  checkAgreement(fixture, ['A', first.calledLeg, fixture.lastDialled()]);
});
