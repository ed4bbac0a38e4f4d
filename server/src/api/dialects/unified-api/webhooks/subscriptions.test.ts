import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { MemoryWebhookStore } from '../../../../push/webhooks/testing/memory-webhook-store.ts';
import { Webhooks } from '../../../../push/webhooks/webhooks.ts';
import { newScene, scope } from './testing/scene.ts';
import { unifiedApiWebhooks } from './webhook-projection.ts';

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

  test('of an extension that was removed just before the process was killed are gone after the next start', async () => {
    const scene = await newScene();
    const { subscriptions } = scene.webhooks;
    const gone = await subscriptions.create(scope('100'), settings);
    const kept = await subscriptions.create(scope('101'), settings);
    await scene.restart((extensionId) => extensionId !== scope('100').extensionId);
    assert.equal(scene.webhooks.subscriptions.get(gone.id), null);
    assert.deepEqual(await scene.store.subscriptions(), [kept]);
    // Whoever has the number now.
    await scene.restart();
    assert.deepEqual(scene.webhooks.subscriptions.list(scope('100')), []);
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
