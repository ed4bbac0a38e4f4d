import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { Consultation } from '../../../../call/testing/consultation.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { PhonePlaces } from './phone-places.ts';

/** Where the leg is, in words: `talks 100 | waits 102 ringing`. */
function inWords(places: PhonePlaces, legId: string): string {
  const { held, with: parties, waiting } = places.of(legId);
  const named = (all: typeof parties) =>
    all.map(({ number, state }) => (state === 'connected' ? number : `${number} ${state}`)).join(', ');
  return [`${held ? 'holds' : 'talks'} ${named(parties)}`, ...waiting.map((one) => `waits ${named(one.with)}`)].join(
    ' | ',
  );
}

test('consulted, swapped, merged by whomever: the place of the leg is told as it changes, who is in the call and who waits', async () => {
  const one = await Consultation.begin();
  const { runtime } = one.fixture;
  const places = new PhonePlaces(runtime);
  const told: string[] = [];
  const stop = places.follow(one.agent, () => {
    const now = inWords(places, one.agent);
    if (told.at(-1) !== now) told.push(now);
  });
  assert.equal(inWords(places, one.agent), 'talks 102 dialling | waits 100');
  await one.report(one.third, 'delivered');
  await one.report(one.third, 'answered');
  await one.swap(one.consult, one.original);
  await runtime.do(conferenceCall, one.merging);
  assert.deepEqual(told.slice(0, 2), ['talks 102 ringing | waits 100', 'talks 102 | waits 100']);
  assert.ok(told.includes('talks 100 | waits 102'), told.join('; '));
  assert.equal(told.at(-1), 'talks 100, 102');
  assert.equal(places.of(one.agent).waiting.length, 0);

  await runtime.do(holdCall, one.original);
  assert.equal(told.at(-1), 'holds 100, 102');
  await runtime.do(retrieveCall, one.original);
  runtime.report(one.agent, { type: 'heldByPeer', back: 'atOnce' });
  await one.fixture.settle();
  assert.equal(told.at(-1), 'holds 100, 102', 'by itself');
  await runtime.do(retrieveCall, one.original);
  await one.over('A', 'cleared', 'normal');
  assert.equal(told.at(-1), 'talks 102', 'one of them went');
  const before = told.length;
  stop();
  await one.over(one.third, 'cleared', 'normal');
  assert.equal(told.length, before, 'nobody listens');
  places.close();
});

test('of a scheduled conference the name alone is told, and nobody who comes or goes', async () => {
  const fixture = new RuntimeFixture();
  const places = new PhonePlaces(fixture.runtime);
  let told = 0;
  places.follow('a', () => told++);
  await fixture.enter('a');
  assert.deepEqual(places.of('a'), {
    held: false,
    with: [{ name: 'Weekly', number: '211', state: 'connected' }],
    waiting: [],
  });
  const before = told;
  assert.ok(before > 0);
  await fixture.enter('b');
  assert.equal(told, before);
  assert.deepEqual(places.of('nobody'), { held: false, with: [], waiting: [] });
});
