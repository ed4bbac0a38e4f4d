import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../base/clock.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { pause, until } from '../../../../base/testing/wait.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { caller, newScene, once, scope, storyOf } from './testing/scene.ts';

describe('webhooks', () => {
  test('every event of an extension is told once, in order, and is then forgotten', async () => {
    const scene = await newScene();
    const receiver = await scene.receiver();
    await scene.subscribe('100', `${receiver.url}/hook`);
    await scene.subscribe('101', `${receiver.url}/other`, [3]);
    const calls = [await scene.call('A'), await scene.call('B')];
    await until('all told', async () => receiver.taken.length >= 8 && (await scene.store.waitingCount()) === 0);
    // Behind all of them: whatever was to be told twice has been by then.
    calls.push(await scene.call('C'));
    await until('the last told', async () => receiver.taken.length >= 12 && (await scene.store.waitingCount()) === 0);
    assert.equal(receiver.all.length, 12);
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
    assert.partialDeepStrictEqual(scene.webhooks.counters(), { delivered: 12, failedAttempts: 0 });
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
    const giveUpAfterMs = 3_600_000;
    const scene = await newScene({ giveUpAfterMs });
    const receiver = await scene.receiver();
    receiver.answer = () => 503;
    await scene.subscribe('100', `${receiver.url}/hook`);
    await scene.call('A');
    await until('tried', () => receiver.all.length > 3);
    scene.later(giveUpAfterMs);
    await until('given up', () => scene.webhooks.counters().givenUp === 3);
    await until('forgotten', async () => (await scene.store.waitingCount()) === 0);
    assert.equal(scene.webhooks.counters().delivered, 0);
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
