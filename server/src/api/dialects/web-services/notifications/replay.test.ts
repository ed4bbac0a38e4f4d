import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { readReplayStart } from '../../../../push/live/replay-start.ts';
import { base, inWords, NotifiedOffice, type OfficeClient } from './testing/notified-office.ts';

const everything = '/v2/me/*';

async function listening(office: NotifiedOffice, number: string, replay?: unknown): Promise<OfficeClient> {
  const client = await office.client(number).begin();
  await office.fixture.settle();
  client.subscribe(everything, replay);
  await office.told();
  return client;
}

const texts = ({ told }: OfficeClient) => told.map(({ text }) => text);

/** A call, in which 15000 consults 15002 and merges; then holds and retrieves a few times. */
async function someWork(office: NotifiedOffice, rounds = 1): Promise<void> {
  const { runtime } = office.fixture;
  for (let round = 0; round < rounds; round++) {
    const original = await office.talking('15000', '15001', `R${round}-${office.fixture.clock.now()}`);
    const consult = await office.consulting(original, '15002');
    await runtime.do(conferenceCall, { original, consult });
    await runtime.do(holdCall, original);
    await runtime.do(retrieveCall, original);
    office.fixture.clock.advance(1000);
    for (const { legId } of [...runtime.call(original.callId)!.connections.values()]) {
      runtime.report(legId, { type: 'cleared', cause: 'normal' });
    }
    await office.told();
  }
}

describe('what was missed', () => {
  test('is told again from any number on, the same under the same numbers, and then goes on live', async () => {
    const office = await NotifiedOffice.open();
    const live = await listening(office, '15000');
    await someWork(office, 2);
    assert.ok(live.told.length >= 16);
    assert.equal(new Set(live.told.map(({ number }) => number)).size, live.told.length);
    for (const [at, { number }] of [...live.told].entries()) {
      if (at % 3 !== 0) continue;
      const later = await listening(office, '15000', number);
      assert.deepEqual(texts(later), texts(live).slice(at + 1), number);
      later.leave();
    }
    const whole = await listening(office, '15000', { minutes: 60 });
    assert.deepEqual(texts(whole), texts(live));
    await someWork(office);
    assert.deepEqual(texts(whole), texts(live));
    await office.notifications.close();
  });

  test('is told by a server that knows nothing but the log', async () => {
    const office = await NotifiedOffice.open();
    const live = await listening(office, '15000');
    await someWork(office);
    const half = live.told[4]!.number;
    await office.crash();
    const later = await listening(office, '15000', half);
    assert.deepEqual(texts(later), texts(live).slice(5));
    // In the midst of two calls of one phone: what can be asked of the one depends on the other, of which nothing new
    // is told.
    const original = await office.talking('15000', '15001', 'again');
    await office.consulting(original, '15002');
    await office.told();
    const dialling = later.told.findLast((one) => inWords(one) === 'StatusChange Dialing 15002')!;
    await office.crash();
    const other = await listening(office, '15000', dialling.number);
    const established = other.told[0]!;
    assert.equal(inWords(established), 'StatusChange Established 15002');
    assert.equal(established.text, later.told.at(-1)!.text);
    const { capabilities } = established.data['call'] as { capabilities: string[] };
    assert.ok(capabilities.includes('CompleteConference') && capabilities.includes('SwapCalls'));
    await office.notifications.close();
  });

  test('reaches back more than a day, over restarts, from a number and from a time', async () => {
    const office = await NotifiedOffice.open();
    const hours = async (count: number) => {
      await office.fixture.clock.advanceAsync(count * 3_600_000);
      await office.crash();
    };
    const live = await listening(office, '15000');
    await someWork(office);
    const first = texts(live);
    live.leave();
    await hours(13);
    await someWork(office);
    await hours(13);
    await someWork(office);
    const all = await listening(office, '15000', { minutes: 27 * 60 });
    assert.deepEqual(texts(all).slice(0, first.length), first);
    assert.equal(all.told.length, 3 * first.length);
    const behind = await listening(office, '15000', live.last);
    assert.deepEqual(texts(behind), texts(all).slice(first.length));
    const ofToday = await listening(office, '15000', { minutes: 60 });
    assert.deepEqual(texts(ofToday), texts(all).slice(2 * first.length));
    await office.notifications.close();
  });

  test('is told also where the log cannot be read at first, once it can be', async () => {
    const office = await NotifiedOffice.open();
    const live = await listening(office, '15000');
    await someWork(office);
    const { store } = office.fixture;
    const { feed } = store;
    for (const wish of [live.told[2]!.number, { minutes: 60 }] as const) {
      store.feed = () => Promise.reject(new Error('the connection to the database is lost'));
      const later = await listening(office, '15000', wish);
      store.feed = feed;
      await someWork(office);
      await office.fixture.clock.advanceAsync(1000);
      await office.told();
      assert.deepEqual(texts(later), texts(live).slice(typeof wish === 'string' ? 3 : 0));
      later.leave();
    }
    await office.notifications.close();
  });

  test('-1 is what no client of the user is known to have had', async () => {
    const office = await NotifiedOffice.open();
    const first = await listening(office, '15000');
    await office.talking('15000', '15001', 'a');
    await office.told();
    assert.equal(first.told.length, 2);
    first.leave();
    await office.talking('15000', '15002', 'b');
    const second = await listening(office, '15000', -1);
    assert.deepEqual(second.told.map(inWords), ['StatusChange Dialing 15002', 'StatusChange Established 15002']);
    second.leave();
    const third = await listening(office, '15000', -1);
    assert.deepEqual(third.told, []);
    await office.notifications.close();
  });

  test('each channel is told once, however many patterns name it, each from where it was asked for', async () => {
    const office = await NotifiedOffice.open();
    const before = await listening(office, '15000');
    await office.talking('15000', '15001', 'a');
    await office.told();
    const client = await office.client('15000').begin();
    await office.fixture.settle();
    client.subscribe('/v2/me/calls', before.told[0]!.number);
    client.subscribe('/**');
    client.subscribe(['/v2/me/*', '/v2/me/devices'], { minutes: 5 });
    await office.told();
    assert.deepEqual(texts(client), texts(before).slice(1));
    await office.talking('15000', '15002', 'b');
    await office.told();
    assert.deepEqual(texts(client), texts(before).slice(1));
    client.unsubscribe('/v2/me/calls');
    await office.talking('15000', '15002', 'c');
    await office.told();
    assert.deepEqual(texts(client), texts(before).slice(1), 'another pattern goes on with it');
    await office.notifications.close();
  });

  test('a wish that cannot be understood is refused; a number from the future is now', async () => {
    const office = await NotifiedOffice.open();
    const client = await office.client('15000').begin();
    await office.fixture.settle();
    for (const wish of ['soon', '1204', -2, 1.5, {}, { minutes: 0 }, { minutes: -1 }, { minutes: 1e9 }, [], true]) {
      client.subscribe('/v2/me/calls', wish);
      await office.told();
      assert.match(client.errors.pop() ?? '', /^400::replay/, JSON.stringify(wish));
    }
    client.subscribe('/v2/me/calls', '999999999-0');
    await office.talking('15000', '15001');
    await office.told();
    assert.equal(client.told.length, 2);
    await office.notifications.close();
  });

  test('a client that takes nothing is given no more than it has room for, and the rest when it reads on', async () => {
    const office = await NotifiedOffice.open(1, { mostWaiting: 20 });
    const live = await listening(office, '15000');
    await someWork(office, 6);
    assert.ok(live.told.length > 40, `${live.told.length} told`);
    const lazy = await office.client('15000').begin();
    await office.fixture.settle();
    lazy.reads = false;
    await office.told();
    lazy.subscribe(everything, { minutes: 60 });
    const other = await listening(office, '15000', { minutes: 60 });
    assert.deepEqual(texts(other), texts(live), 'it holds up nobody');
    assert.ok(lazy.told.length < 15);
    lazy.readOn();
    for (let turn = 0; turn < 20; turn++) await office.told();
    assert.deepEqual(texts(lazy), texts(live));
    await office.notifications.close();
  });

  test('what is live and too much ends the session; its client begins anew, and misses nothing', async () => {
    const office = await NotifiedOffice.open(1, { mostWaiting: 6 });
    const live = await office.client('15000', 'websocket').begin();
    await office.fixture.settle();
    live.subscribe(everything);
    const lazy = await listening(office, '15000');
    lazy.onHandshake = () => lazy.subscribe(everything, lazy.last ?? { minutes: 60 });
    await office.talking('15000', '15001', 'a');
    await office.told();
    lazy.reads = false;
    await someWork(office, 2);
    assert.equal(office.notifications.counters().ended.tooSlow, 1);
    lazy.readOn();
    for (let turn = 0; turn < 20; turn++) await office.told();
    assert.equal(lazy.handshakes, 2);
    assert.deepEqual(texts(lazy), texts(live));
    await office.notifications.close();
  });
});

test('what happens is told when the answers that are under way are sent, and not before', async () => {
  const office = await NotifiedOffice.open();
  const live = await listening(office, '15000');
  const other = await listening(office, '15001');
  const release = office.notifications.hold('1-1');
  const second = office.notifications.hold('1-1');
  await office.talking('15000', '15001');
  await office.fixture.settle();
  await office.fixture.clock.advanceAsync(100);
  await office.fixture.settle();
  assert.deepEqual([live.told.length, other.told.length], [0, 2]);
  release();
  release();
  await office.fixture.clock.advanceAsync(100);
  assert.equal(live.told.length, 0);
  second();
  await office.fixture.clock.advanceAsync(10);
  await office.told();
  assert.deepEqual(live.told.map(inWords), ['StatusChange Dialing 15001', 'StatusChange Established 15001']);
  // An answer that never comes holds nothing for long.
  office.notifications.hold('1-1');
  await office.talking('15000', '15002', 'b');
  await office.fixture.clock.advanceAsync(2100);
  await office.told();
  assert.equal(live.told.length, 4);
  await office.notifications.close();
});

test('answers of which one is always under way hold nothing for longer than one', async () => {
  const office = await NotifiedOffice.open();
  const live = await listening(office, '15000');
  let release = office.notifications.hold('1-1');
  await office.talking('15000', '15001');
  for (let more = 0; more < 5; more++) {
    await office.fixture.clock.advanceAsync(500);
    const next = office.notifications.hold('1-1');
    release();
    release = next;
  }
  await office.told();
  assert.deepEqual(live.told.map(inWords), ['StatusChange Dialing 15001', 'StatusChange Established 15001']);
  release();
  await office.notifications.close();
});

test('whose login is over is told no more, also where the log cannot be read', async () => {
  const office = await NotifiedOffice.open();
  const live = await listening(office, '15000');
  const { store } = office.fixture;
  const { lastPosition } = store;
  store.lastPosition = () => Promise.reject(new Error('input/output error'));
  await office.notifications.end(live.owner.user);
  store.lastPosition = lastPosition;
  assert.equal(office.notifications.counters().sessions, 0);
  await office.talking('15000', '15001');
  await office.told();
  assert.deepEqual(live.told, []);
  await office.notifications.close();
});

test('an event stream that breaks before anything was told on it goes on from there', async () => {
  const office = await NotifiedOffice.open();
  const owner = { user: { organizationId: '1', userId: 1 }, base };
  // As browsers read it: a block with an id alone is no event, and its id counts.
  let last: string | undefined;
  const told: string[] = [];
  const sink = {
    backlog: 0,
    write(text: string) {
      last = /^id: (.*)$/m.exec(text)?.[1] ?? last;
      told.push(...[...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!));
    },
    end() {},
  };
  const live = await listening(office, '15000');
  for (const start of [null, { lastMs: 1 }]) {
    const leave = office.notifications.streams.open(owner, everything, sink, start);
    await office.told();
    leave();
    await someWork(office);
    const end = office.notifications.streams.open(owner, everything, sink, readReplayStart(last) ?? null);
    await office.told();
    end();
    assert.deepEqual(told, texts(live));
    office.fixture.clock.advance(1000);
  }
  await office.notifications.close();
});

test('nothing is read while nobody listens', async () => {
  const office = await NotifiedOffice.open();
  assert.equal(office.notifications.counters().cursor, null);
  const live = await listening(office, '15000');
  assert.notEqual(office.notifications.counters().cursor, null);
  live.leave();
  await office.fixture.clock.advanceAsync(61_000);
  assert.equal(office.notifications.counters().cursor, null);
  const again = await listening(office, '15000');
  await office.talking('15000', '15001');
  await office.told();
  assert.equal(again.told.length, 2);
  await office.notifications.close();
});

test('a client that keeps its socket is told from when it subscribes, however long nobody did', async () => {
  const office = await NotifiedOffice.open();
  const client = await office.client('15000', 'websocket').begin();
  await office.told();
  await office.fixture.clock.advanceAsync(200_000);
  client.subscribe(everything);
  await office.told();
  await office.talking('15000', '15001');
  await office.told();
  assert.equal(client.told.length, 2);
  await office.notifications.close();
});
