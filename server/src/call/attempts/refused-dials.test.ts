import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { onBehalfOf } from '../../base/request-scope.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import type { AttemptEvent, RefusedDial } from './refused-dial.ts';
import { RefusedDials } from './refused-dials.ts';

function refusal(number: string, organizationId = '3'): RefusedDial {
  const lists = { scope: 'destination', limit: 'deny', bound: null, rule: '^900' } as const;
  return { ...lists, organizationId, account: '3-12', conferenceId: null, trunk: 'carrier', number };
}

function refusedDials() {
  const clock = new VirtualClock();
  const store = new MemoryCallStore();
  const refused = new RefusedDials({ clock, random: new SeededRandom(1), log: silentLog, store });
  const listed = async (organizationId = '3') =>
    (await refused.list({ organizationId, limit: 1000 })).map(({ event }) => event as AttemptEvent);
  return { clock, store, refused, listed };
}

test('what was refused is found by the id of the request, only by its organization', async () => {
  const { refused, listed } = refusedDials();
  const id = onBehalfOf('request', () => refused.note(refusal('9001')));
  assert.equal(id, 'request');
  const found = await refused.find('request', '3');
  assert.equal(found?.type, 'dialOutRefused');
  assert.deepEqual(found?.data, { ...refusal('9001'), requestId: 'request' });
  assert.equal(await refused.find('request', '4'), null);
  assert.equal(await refused.find('unknown', '3'), null);
  // Of a request that was refused twice the second has an id of its own.
  const second = onBehalfOf('request', () => refused.note(refusal('9002')));
  assert.notEqual(second, 'request');
  assert.deepEqual(
    (await listed()).map(({ data }) => [data.number, data.requestId]),
    [
      ['9002', 'request'],
      ['9001', 'request'],
    ],
  );
});

test('they are in the log in the order in which they were refused, however long it takes to look for an id', async () => {
  const { clock, store } = refusedDials();
  const lookups = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  let asked = 0;
  const slow = {
    append: store.append.bind(store),
    attempts: store.attempts.bind(store),
    streamEvents: async (...given: Parameters<MemoryCallStore['streamEvents']>) => {
      await lookups[asked++]!.promise;
      return store.streamEvents(...given);
    },
  };
  const refused = new RefusedDials({ clock, random: new SeededRandom(1), log: silentLog, store: slow });
  for (const number of ['9001', '9002', '9003']) onBehalfOf(`of ${number}`, () => refused.note(refusal(number)));
  refused.note(refusal('9004'));
  for (const lookup of lookups.toReversed()) {
    lookup.resolve();
    await new Promise(setImmediate);
  }
  const events = (await refused.list({ organizationId: '3', limit: 10 })).map(({ event }) => event as AttemptEvent);
  assert.deepEqual(
    events.map(({ data }) => data.number),
    ['9004', '9003', '9002', '9001'],
  );
});

test('an id that an earlier run has told of is not told of again: the attempt has one of its own', async () => {
  const { clock, store, refused } = refusedDials();
  onBehalfOf('call', () => refused.note(refusal('9001')));
  await refused.close();
  const again = new RefusedDials({ clock, random: new SeededRandom(2), log: silentLog, store });
  onBehalfOf('call', () => again.note(refusal('9002')));
  const events = (await again.list({ organizationId: '3', limit: 10 })).map(({ event }) => event as AttemptEvent);
  assert.deepEqual(
    events.map(({ stream, data }) => [stream.id === 'call', data.requestId, data.number]),
    [
      [false, 'call', '9002'],
      [true, 'call', '9001'],
    ],
  );
});

test('a flood is counted, and told together; others are told one by one meanwhile', async () => {
  const { clock, refused, listed } = refusedDials();
  for (let at = 0; at < 5000; at++) refused.note(refusal(`900${at}`));
  refused.note(refusal('1', '4'));
  assert.equal((await listed()).length, 30);
  assert.equal((await listed('4')).length, 1);
  clock.advance(60_000);
  const [together, ...single] = await listed();
  assert.equal(together?.type, 'dialOutsRefused');
  assert.deepEqual([together?.data.count, together?.data.number], [4970, '9004999']);
  assert.equal(single.length, 30);
  // An hour of it is so much and no more.
  for (let second = 0; second < 3600; second++) {
    for (let at = 0; at < 20; at++) refused.note(refusal('900'));
    clock.advance(1000);
  }
  const events = await listed();
  assert.ok(events.length < 500, `${events.length}`);
  await refused.close();
  assert.equal(clock.pending, 0);
  assert.equal(
    (await listed()).reduce((sum, { data }) => sum + (data.count ?? 1), 0),
    5000 + 3600 * 20,
    'none is forgotten',
  );
});

test('a store that is away costs what would have been told, and nothing else', async () => {
  const { store, refused, listed } = refusedDials();
  store.beforeAppend = () => Promise.reject(new Error('away'));
  refused.note(refusal('9001'));
  assert.deepEqual(await listed(), []);
  store.beforeAppend = null;
  refused.note(refusal('9002'));
  assert.equal((await listed()).length, 1);
});
