import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, CallRef } from '../model/call.ts';
import { replay } from '../model/evolve.ts';
import type { Draft } from '../step/draft.ts';
import { checkAgreement } from '../testing/agreement.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { alternateCall } from './alternate-call.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { conferenceCall } from './conference-call.ts';
import { consultationCall } from './consultation-call.ts';
import { holdCall } from './hold-call.ts';
import { retrieveCall } from './retrieve-call.ts';
import { transferCall } from './transfer-call.ts';

/*
 * Two calls of one phone: 100 (leg A) talks to 101, who consults 102. Every way out of every step of it.
 */

const dial = {
  target: { kind: 'terminal', aor: '102' },
  callerId: { name: '', number: '101' },
  timeoutMs: 1000,
} as const;

class Consultation {
  readonly fixture = new RuntimeFixture();
  original: CallRef = { callId: '', connectionId: '' };
  consult: CallRef = { callId: '', connectionId: '' };
  agent = '';
  third = '';

  static async begin(): Promise<Consultation> {
    const one = new Consultation();
    const first = await one.fixture.talking('A');
    one.original = { callId: first.callId, connectionId: first.called };
    one.agent = first.calledLeg;
    one.consult = await one.fixture.runtime.do(consultationCall, {
      ...one.original,
      device: extension('102'),
      ...dial,
    });
    one.third = one.fixture.lastDialled();
    return one;
  }

  async report(leg: string, type: 'delivered' | 'answered' | 'heldByPeer' | 'mediaLost'): Promise<void> {
    this.fixture.runtime.report(leg, { type });
    await this.fixture.settle();
  }

  async over(leg: string, type: 'failed' | 'cleared', cause: 'busy' | 'normal'): Promise<void> {
    this.fixture.runtime.report(leg, { type, cause });
    await this.fixture.settle();
  }

  async swap(active: CallRef, held: CallRef): Promise<void> {
    await this.fixture.runtime.do(alternateCall, { active, held });
  }

  get merging() {
    return { original: this.original, consult: this.consult };
  }

  call(ref: CallRef): Call | null {
    return this.fixture.runtime.call(ref.callId);
  }

  /** `original hold, consult connected`: how things stand for the agent, and where its leg is. */
  stands(): string {
    const parts: string[] = [];
    for (const [name, ref] of [
      ['original', this.original],
      ['consult', this.consult],
    ] as const) {
      const call = this.call(ref);
      if (call === null) continue;
      const own = call.connections.get(ref.connectionId);
      const size = call.connections.size;
      parts.push(own === undefined ? `${name} of ${size}` : `${name} ${own.state}${own.legHere ? '' : ' without leg'}`);
    }
    return parts.join(', ') || 'nothing';
  }

  /** Legs that are told to end, since the last time. */
  cleared(): string[] {
    const names = new Map([
      ['A', 'first'],
      [this.agent, 'agent'],
      [this.third, 'third'],
    ]);
    return this.fixture.ports
      .taken()
      .flatMap((effect) => (effect.do === 'clear' ? [names.get(effect.legId) ?? effect.legId] : []))
      .sort();
  }
}

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

test('from a held call somebody can be consulted too, but not while the phone talks in another', async () => {
  const one = await Consultation.begin();
  const { fixture, original } = one;
  const again = { ...original, device: extension('103'), ...dial };
  await assert.rejects(fixture.runtime.do(consultationCall, again), { code: 'invalidState' });
  await assert.rejects(fixture.runtime.do(retrieveCall, original), { code: 'invalidState' });
  await one.report(one.third, 'answered');
  await fixture.runtime.do(holdCall, one.consult);
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

test('a phone that holds by itself gives its leg to the other call without a word, and takes it back', async () => {
  const one = await Consultation.begin();
  const { fixture, original, agent } = one;
  await one.report(one.third, 'answered');
  await one.report(agent, 'heldByPeer');
  assert.equal(one.stands(), 'original hold without leg, consult hold');
  await fixture.runtime.do(retrieveCall, original);
  assert.equal(one.stands(), 'original connected, consult hold without leg');
  checkAgreement(fixture, ['A', agent, one.third]);
});

test('two calls are not merged while their phone talks in a third', async () => {
  const one = await Consultation.begin();
  const { fixture, consult, merging } = one;
  await one.report(one.third, 'answered');
  const third = await fixture.runtime.do(consultationCall, { ...consult, device: extension('103'), ...dial });
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
  const strangers = { original: { callId: other.callId, connectionId: other.called }, consult };
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
    const touch = (draft: Draft) => {
      order.push(i);
      for (const callId of pairs[0]!) draft.emit(callId, 'dataChanged', null, 'normal', { set: { turn: i } });
    };
    all.push(fixture.runtime.step(i % 3 === 0 ? [pairs[0]![i % 2]!] : pairs[i % 2]!, touch).catch(() => {}));
  }
  await Promise.all(all);
  assert.equal(order.length, 40);
});

test('a step queued for one call that meanwhile shares a leg with another waits for both', async () => {
  const fixture = new RuntimeFixture();
  const first = await fixture.talking('A');
  const original = { callId: first.callId, connectionId: first.called };
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const consulting = fixture.runtime.do(consultationCall, { ...original, device: extension('102'), ...dial });
  // In the same batch: the phone hangs up, which ends a call that the report could not have known.
  fixture.runtime.report(first.calledLeg, { type: 'cleared', cause: 'normal' });
  await consulting;
  for (let i = 0; i < 6; i++) await fixture.settle();
  assert.deepEqual(fixture.runtime.snapshot(), []);
  checkAgreement(fixture, ['A', first.calledLeg, fixture.lastDialled()]);
});
