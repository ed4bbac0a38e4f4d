import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Clock, systemClock } from '../../../../base/clock.ts';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { pause, until } from '../../../../base/testing/wait.ts';
import type { FeedEntry } from '../../../../call/ports.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { MemoryWebhookStore } from '../../../../push/webhooks/testing/memory-webhook-store.ts';
import { type Received, Receiver } from '../../../../push/webhooks/testing/receiver.ts';
import { type WebhookLimits, Webhooks } from '../../../../push/webhooks/webhooks.ts';
import { unifiedApiWebhooks } from './webhook-projection.ts';

/** Seconds become milliseconds; a machine that stands still for some seconds is no receiver that is down. */
const quick = { backOffMs: 4, mostBackOffMs: 30, timeoutMs: 60_000 };
const scope = (number: string) => ({ organizationId: 'org', extensionId: `x${number}` });
const allTypes = [0, 1, 2, 3, 4];

/** Calls with webhooks behind them, which can be taken away and come back. */
class Scene {
  readonly fixture = new RuntimeFixture();
  readonly store = new MemoryWebhookStore();
  readonly receivers: Receiver[] = [];
  readonly limits: Partial<WebhookLimits>;
  readonly clock: Clock;
  webhooks: Webhooks;
  feedReads = 0;

  constructor(limits: Partial<WebhookLimits> = {}) {
    this.limits = { ...quick, ...limits };
    // Real time on the calendar of the calls.
    const began = systemClock.monotonic();
    this.clock = { ...systemClock, now: () => this.fixture.clock.now() + systemClock.monotonic() - began };
    this.webhooks = this.#make();
    this.fixture.runtime.on('event', () => this.webhooks.nudge());
  }

  #make(): Webhooks {
    const { store } = this.fixture;
    const feed = (query: { after: number; limit: number }): Promise<FeedEntry[]> => {
      this.feedReads++;
      return store.feed(query);
    };
    return new Webhooks({
      clock: this.clock,
      log: silentLog,
      random: new SeededRandom(3),
      store: this.store,
      calls: { feed, lastPosition: () => store.lastPosition(), eventsOf: (...query) => store.eventsOf(...query) },
      dialect: unifiedApiWebhooks({
        numbersOf: (extensionId) => ({ extendedNumber: `0003*${extensionId.slice(1)}`, publicNumbers: [] }),
      }),
      limits: this.limits,
    });
  }

  async receiver(): Promise<Receiver> {
    const receiver = await Receiver.start();
    this.receivers.push(receiver);
    return receiver;
  }

  async subscribe(number: string, url: string, types: readonly number[] = allTypes): Promise<string[]> {
    const ids: string[] = [];
    for (const type of types) {
      const settings = { type, url, method: 'get', enabled: true, note: '' } as const;
      ids.push((await this.webhooks.subscriptions.create(scope(number), settings)).id);
    }
    return ids;
  }

  /** 100 calls 101, who answers, and hangs up. */
  async call(leg: string): Promise<string> {
    const { callId, caller } = await this.fixture.talking(leg);
    await this.fixture.runtime.do(clearConnection, { callId, connectionId: caller });
    return callId;
  }

  /** The process ends and starts again. */
  async restart(): Promise<void> {
    await this.webhooks.close();
    this.webhooks = this.#make();
    await this.webhooks.start();
  }

  async end(): Promise<void> {
    await this.webhooks.close();
    for (const receiver of this.receivers) await receiver.down();
  }
}

const scenes: Scene[] = [];
after(async () => {
  for (const scene of scenes) await scene.end();
});

async function newScene(limits: Partial<WebhookLimits> = {}): Promise<Scene> {
  const scene = new Scene(limits);
  scenes.push(scene);
  await scene.webhooks.start();
  return scene;
}

/** `OUT CALLING` … of one call, in the order in which they were taken. */
function storyOf(taken: readonly Received[], callId: string): string[] {
  const own = taken.filter(({ fields }) => fields['CallID'] === callId);
  return own.map(({ fields }) => `${fields['CallFlow']} ${fields['CallStatus']}`);
}

/** Without what came again: a receiver may have taken what the sender saw no answer to. */
function once(taken: readonly Received[]): Received[] {
  const byDelivery = new Map<string, Received>();
  for (const one of taken) {
    const id = String(one.headers['x-partyline-delivery']);
    if (!byDelivery.has(id)) byDelivery.set(id, one);
  }
  return [...byDelivery.values()];
}

const caller = ['OUT CALLING', 'OUT ANSWER', 'OUT ANSWER'];

describe('webhooks', () => {
  test('every event of an extension is told once, in order, and is then forgotten', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.subscribe('100', `${receiver.url}/hook`);
    await scene.subscribe('101', `${receiver.url}/other`, [3]);
    const calls = [await scene.call('A'), await scene.call('B')];
    await until('all told', async () => receiver.taken.length >= 8 && (await scene.store.waitingCount()) === 0);
    await pause(30);
    assert.equal(receiver.all.length, 8);
    for (const callId of calls) {
      const of = (path: string) =>
        storyOf(
          receiver.taken.filter((one) => one.path === path),
          callId,
        );
      assert.deepEqual(of('/hook'), caller);
      assert.deepEqual(of('/other'), ['IN ANSWER']);
    }
    await until('nothing is left in memory', () => scene.webhooks.counters().receivers === 0);
    assert.partialDeepStrictEqual(scene.webhooks.counters(), { delivered: 8, failedAttempts: 0 });
  });

  test('without a subscription nothing is read; with one, what happened before is not told', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.call('A');
    assert.equal(scene.feedReads, 0);
    const { ref, calledLeg } = await scene.fixture.dialled('B');
    const [hangup] = await scene.subscribe('100', `${receiver.url}/hook`, [2]);
    scene.fixture.runtime.report(calledLeg, { type: 'failed', cause: 'busy' });
    await until('the call that was running ends', () => receiver.taken.length === 1);
    assert.deepEqual(storyOf(receiver.taken, ref.callId), ['OUT UNKNOWN']);
    await scene.webhooks.subscriptions.remove(scope('100'), { id: hangup! });
    const reads = scene.feedReads;
    await scene.call('C');
    assert.equal(scene.feedReads, reads);
    // Somebody comes back: what happened meanwhile stays untold.
    await scene.subscribe('100', `${receiver.url}/hook`, [2]);
    const last = await scene.call('D');
    await until('told again', () => receiver.taken.length === 2);
    assert.deepEqual(storyOf(receiver.taken, last), ['OUT ANSWER']);
  });

  test('a receiver that is down gets everything when it is back, once, in order, nothing missing', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.subscribe('100', `${receiver.url}/hook`);
    await scene.subscribe('101', `${receiver.url}/hook`);
    await receiver.down();
    const calls: string[] = [];
    for (let at = 0; at < 30; at++) calls.push(await scene.call(`L${at}`));
    await until('it is found to be down', () => scene.webhooks.counters().receiversDown === 1);
    await pause(100);
    const failed = scene.webhooks.counters().failedAttempts;
    const began = systemClock.monotonic();
    await pause(150);
    // Asked again and again, but by one request at a time, and ever more rarely.
    const asked = scene.webhooks.counters().failedAttempts - failed;
    assert.ok(asked <= 1 + (systemClock.monotonic() - began) / 20, `not hammered: ${asked}`);
    await receiver.up();
    await until('all told', () => receiver.taken.length >= 180);
    await until('all forgotten', async () => (await scene.store.waitingCount()) === 0);
    assert.equal(receiver.all.length, 180);
    for (const callId of calls) {
      const of = (flow: string) => storyOf(receiver.taken, callId).filter((line) => line.startsWith(flow));
      assert.deepEqual(of('OUT'), caller, callId);
      assert.deepEqual(of('IN'), ['IN CALLING', 'IN ANSWER', 'IN ANSWER'], callId);
      assert.equal(storyOf(receiver.taken, callId)[0], 'OUT CALLING', 'across subscriptions too');
    }
    assert.ok(receiver.mostAtOnce <= 8);
  });

  test('a receiver that fails now and then gets each event in order all the same', async () => {
    const scene = await newScene({ timeoutMs: 150 });
    const receiver = await scene.receiver();
    const random = new SeededRandom(5);
    receiver.answer = () => [200, 200, 200, 200, 200, 503, null][random.int(7)] ?? null;
    await scene.subscribe('100', `${receiver.url}/hook`);
    const calls: string[] = [];
    for (let at = 0; at < 12; at++) calls.push(await scene.call(`L${at}`));
    await until('all told', async () => (await scene.store.waitingCount()) === 0);
    for (const callId of calls) assert.deepEqual(storyOf(once(receiver.taken), callId), caller, callId);
  });

  test('one that hangs holds up no other', async () => {
    const scene = await newScene({ timeoutMs: 60_000, concurrent: 9 });
    const [stuck, fine] = [await scene.receiver(), await scene.receiver()];
    stuck.answer = () => null;
    await scene.subscribe('100', `${stuck.url}/hook`);
    await scene.subscribe('101', `${fine.url}/hook`);
    for (let at = 0; at < 20; at++) await scene.call(`L${at}`);
    await until('the other is told', () => fine.taken.length === 60);
    await until('it has all it may have at once', () => stuck.all.length === 8);
    await until('what was told is done with', async () => (await scene.store.waitingCount()) === 60);
    await scene.webhooks.close();
    assert.equal(stuck.all.length, 8);
    assert.equal(await scene.store.waitingCount(), 60);
  });

  test('an address that refuses holds up only its own subscription', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    receiver.answer = ({ path }) => (path === '/typo' ? 404 : 200);
    await scene.subscribe('100', `${receiver.url}/typo`, [1]);
    await scene.subscribe('100', `${receiver.url}/hook`, [4, 2]);
    const calls = [await scene.call('A'), await scene.call('B')];
    await until('the others are told', () => receiver.taken.length === 4);
    for (const callId of calls) assert.deepEqual(storyOf(receiver.taken, callId), ['OUT ANSWER', 'OUT ANSWER']);
    await until('only the refused wait', async () => (await scene.store.waitingCount()) === 2);
    receiver.answer = () => 200;
    await until('put right', () => receiver.taken.length === 6);
  });

  test('one event that the receiver cannot bear holds up only its own call, and that not for ever', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.subscribe('100', `${receiver.url}/hook`);
    let poison = '';
    receiver.answer = ({ fields }) => {
      if (poison === '') poison = fields['CallID'] ?? '';
      return fields['CallID'] === poison && fields['CallStatus'] === 'CALLING' ? 500 : 200;
    };
    const calls: string[] = [];
    for (let at = 0; at < 40; at++) calls.push(await scene.call(`L${at}`));
    await until('all others', () =>
      calls.every((callId) => callId === poison || storyOf(receiver.taken, callId).length === 3),
    );
    // As long as nobody else gets through it may be the receiver; then it is plain that it is the event.
    await until('the rest of that call', async () => {
      calls.push(await scene.call(`L${calls.length}`));
      return storyOf(receiver.taken, poison).length > 0;
    });
    await until('all but that', async () => (await scene.store.waitingCount()) === 1);
    for (const callId of calls) {
      assert.deepEqual(storyOf(receiver.taken, callId), callId === poison ? caller.slice(1) : caller);
    }
  });

  test('what is too old is given up', async () => {
    // Counted from the event, whose clock stands still from the beginning of the scene: enough for a busy machine to
    // try before.
    const scene = await newScene({ giveUpAfterMs: 2500 });
    const receiver = await scene.receiver();
    receiver.answer = () => 503;
    await scene.subscribe('100', `${receiver.url}/hook`);
    await scene.call('A');
    await until('given up', () => scene.webhooks.counters().givenUp === 3);
    await until('forgotten', async () => (await scene.store.waitingCount()) === 0);
    assert.equal(scene.webhooks.counters().delivered, 0);
    assert.ok(receiver.all.length > 3, 'it was tried before');
  });

  test('what is switched off or removed is not told, also what waits', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    const [off] = await scene.subscribe('100', `${receiver.url}/off`, [1]);
    const [gone] = await scene.subscribe('100', `${receiver.url}/gone`, [1]);
    await scene.subscribe('100', `${receiver.url}/hook`, [1]);
    await receiver.down();
    await scene.call('A');
    await until('waiting', async () => (await scene.store.waitingCount()) === 3);
    await scene.webhooks.subscriptions.update(scope('100'), { id: off! }, { enabled: false });
    await scene.webhooks.subscriptions.remove(scope('100'), { id: gone! });
    await receiver.up();
    await until('the rest is told', async () => (await scene.store.waitingCount()) === 0);
    await scene.call('B');
    await until('the next too', () => receiver.taken.length === 2);
    assert.deepEqual(new Set(receiver.all.map(({ path }) => path)), new Set(['/hook']));
  });

  test('a changed address is used for what waits already', async () => {
    const scene = await newScene();
    const [old, next] = [await scene.receiver(), await scene.receiver()];
    old.answer = () => 500;
    const [id] = await scene.subscribe('100', `${old.url}/hook`, [1]);
    await scene.call('A');
    await until('tried', () => old.all.length > 0);
    const update = { url: `${next.url}/new`, method: 'post' } as const;
    await scene.webhooks.subscriptions.update(scope('100'), { id: id! }, update);
    await until('told there', () => next.taken.length === 1);
    assert.deepEqual([next.taken[0]?.method, next.taken[0]?.path], ['POST', '/new']);
  });

  test('over any number of restarts everything is told, in order, though perhaps twice', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const scene = await newScene();
      const receiver = await scene.receiver();
      const random = new SeededRandom(seed);
      receiver.answer = () => (random.int(3) === 0 ? 503 : 200);
      await scene.subscribe('100', `${receiver.url}/hook`);
      const calls: string[] = [];
      for (let at = 0; at < 12; at++) {
        if (random.int(3) === 0) {
          // The log goes on while nobody reads it.
          await scene.webhooks.close();
          calls.push(await scene.call(`L${at}`));
          await scene.restart();
        } else {
          const { ref, calledLeg } = await scene.fixture.dialled(`L${at}`);
          calls.push(ref.callId);
          // In the middle of a call, and of whatever was being told.
          if (random.int(2) === 0) await scene.restart();
          scene.fixture.runtime.report(calledLeg, { type: 'answered' });
          await scene.fixture.settle();
          if (random.int(2) === 0) await pause(random.int(12));
          await scene.fixture.runtime.do(clearConnection, ref);
        }
      }
      await until('all told', async () => (await scene.store.waitingCount()) === 0 && receiver.taken.length >= 36);
      for (const callId of calls) {
        assert.deepEqual(storyOf(once(receiver.taken), callId), caller, `seed ${seed}`);
      }
      await scene.end();
    }
  });

  test('while the store refuses, nothing is lost and nothing is told twice', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.subscribe('100', `${receiver.url}/hook`);
    let refusals = 0;
    scene.store.beforeChange = async () => {
      if (refusals++ < 2) throw new Error('disk full');
    };
    const callId = await scene.call('A');
    await until('told', () => receiver.taken.length === 3);
    await until('forgotten', async () => (await scene.store.waitingCount()) === 0);
    assert.deepEqual(storyOf(receiver.taken, callId), caller);
    assert.equal(receiver.all.length, 3);
  });
});

describe('subscriptions', () => {
  const settings = { type: 0, url: 'https://x.test/', method: 'get', enabled: true, note: '' } as const;

  test('are seen and changed only through their own extension, and come back after a restart', async () => {
    const scene = await newScene();
    const made = await scene.webhooks.subscriptions.create(scope('100'), settings);
    const others = [scope('101'), { organizationId: 'other', extensionId: 'x100' }];
    for (const other of others) {
      const { subscriptions } = scene.webhooks;
      assert.deepEqual(subscriptions.list(other), []);
      assert.equal(await subscriptions.update(other, { id: made.id }, { note: 'mine' }), null);
      assert.deepEqual(await subscriptions.remove(other, { id: made.id }), []);
    }
    assert.deepEqual(scene.webhooks.subscriptions.list(scope('100')), [made]);
    await scene.restart();
    assert.deepEqual(scene.webhooks.subscriptions.list(scope('100')), [made]);
    assert.equal(await scene.webhooks.subscriptions.update(scope('100'), { id: made.id, type: 1 }, {}), null);
    assert.deepEqual(await scene.webhooks.subscriptions.remove(scope('100'), { type: 0 }), [made]);
    assert.deepEqual(await scene.store.subscriptions(), []);
  });

  test('are limited, and refuse what is no address', async () => {
    const scene = await newScene({ subscriptionsPerExtension: 3 });
    const { subscriptions } = scene.webhooks;
    for (const url of [
      '',
      'x.test',
      'ftp://x.test/',
      'javascript:alert(1)',
      'http://',
      `https://x.test/${'a'.repeat(2048)}`,
    ]) {
      await assert.rejects(subscriptions.create(scope('100'), { ...settings, url }), { code: 'invalidArgument' }, url);
    }
    for (const type of [-1, 5, 1.5]) {
      await assert.rejects(subscriptions.create(scope('100'), { ...settings, type }), { code: 'invalidArgument' });
    }
    const racing = Array.from({ length: 5 }, () => subscriptions.create(scope('100'), settings));
    const results = await Promise.allSettled(racing);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
    await assert.rejects(subscriptions.create(scope('100'), settings), { code: 'limitExceeded' });
    await subscriptions.create(scope('101'), settings);
  });

  test('made twice under one chosen id are one; another extension cannot have the id', async () => {
    const scene = await newScene();
    const { subscriptions } = scene.webhooks;
    const id = 'ab'.repeat(10);
    const both = [
      subscriptions.create(scope('100'), settings, { appKey: null, chosenId: id }),
      subscriptions.create(scope('100'), settings, { appKey: null, chosenId: id }),
    ];
    const [first, second] = await Promise.all(both);
    assert.deepEqual(first, second);
    assert.equal(first?.id, id);
    assert.equal(subscriptions.list(scope('100')).length, 1);
    await assert.rejects(subscriptions.create(scope('101'), settings, { appKey: null, chosenId: id }), {
      code: 'conflict',
    });
  });

  test('what could not be stored does not hold', async () => {
    const scene = await newScene();
    scene.store.beforeChange = () => Promise.reject(new Error('disk full'));
    await assert.rejects(scene.webhooks.subscriptions.create(scope('100'), settings), /disk full/);
    assert.deepEqual(scene.webhooks.subscriptions.list(scope('100')), []);
    scene.store.beforeChange = async () => {};
    await scene.webhooks.subscriptions.create(scope('100'), settings);
  });
});

test('where webhooks may not lead into the own network, such addresses are not taken, and what was taken before can be switched off', async () => {
  const fixture = new RuntimeFixture();
  const store = new MemoryWebhookStore();
  const webhooksWith = async (allowPrivate: boolean) => {
    const webhooks = new Webhooks({
      clock: fixture.clock,
      log: silentLog,
      random: new SeededRandom(4),
      store,
      calls: fixture.store,
      dialect: unifiedApiWebhooks({ numbersOf: () => null }),
      allowPrivate,
    });
    await webhooks.start();
    return webhooks;
  };
  const settings = { type: 2, method: 'post', enabled: true, note: '' } as const;
  const before = await webhooksWith(true);
  const old = await before.subscriptions.create(scope('100'), { ...settings, url: 'http://10.0.0.5/' });
  await before.close();
  const { subscriptions, ...webhooks } = await webhooksWith(false).then((made) => ({
    subscriptions: made.subscriptions,
    close: () => made.close(),
  }));
  const inside = ['127.0.0.1', '2130706433', '[::1]', '[::ffff:10.0.0.1]', '169.254.169.254', '0.0.0.0', 'localhost'];
  for (const host of inside) {
    const url = `http://${host}/`;
    await assert.rejects(subscriptions.create(scope('100'), { ...settings, url }), { code: 'invalidArgument' }, host);
    await assert.rejects(subscriptions.update(scope('100'), old, { url }), { code: 'invalidArgument' }, host);
  }
  await subscriptions.create(scope('100'), { ...settings, url: 'https://app.example.test/' });
  await subscriptions.create(scope('100'), { ...settings, url: 'http://8.8.8.8/' });
  assert.equal((await subscriptions.update(scope('100'), old, { enabled: false }))?.enabled, false);
  await webhooks.close();
});
