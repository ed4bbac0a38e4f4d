import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookDelivery, WebhookSubscription } from '../../push/webhooks/webhook-records.ts';
import type { OpenStore } from './contract-places.ts';

/** Who wants to be told, and what is still to be told. */
export function webhookContract(open: OpenStore): void {
  test('subscriptions come back as they were saved last, oldest first', async () => {
    const { store, place } = await open();
    const [a, b, c] = [subscription('a'), subscription('b'), subscription('c')];
    for (const one of [a, b, c]) await store.webhooks.saveSubscription(one);
    const changed = { ...a, method: 'post', enabled: false, url: 'https://x.test/?ü', modifiedAt: 9 } as const;
    await store.webhooks.saveSubscription(changed);
    await store.webhooks.removeSubscriptions([b.id, 'unknown']);
    await store.webhooks.removeSubscriptions([]);
    await store.close();
    const again = await place.open();
    assert.deepEqual(await again.webhooks.subscriptions(), [changed, c]);
    await again.close();
  });

  test('deliveries wait in order, per subscription and by page, and positions are never used twice', async () => {
    const { store, place } = await open();
    for (const id of ['a', 'b']) await store.webhooks.saveSubscription(subscription(id));
    assert.equal(await store.webhooks.cursor(), null);
    await store.webhooks.enqueue([delivery('a', 1), delivery('b', 2), delivery('a', 3)], 7);
    await store.webhooks.enqueue([], 8);
    await store.webhooks.enqueue([delivery('a', 4)], 9);
    await store.close();
    const { webhooks, close } = await place
      .open()
      .then((again) => ({ webhooks: again.webhooks, close: () => again.close() }));
    assert.equal(await webhooks.cursor(), 9);
    assert.equal(await webhooks.waitingCount(), 4);
    assert.deepEqual(await webhooks.lanes(), ['lane-a', 'lane-b']);
    const ofA = await webhooks.waiting({ lane: 'lane-a', after: 0, limit: 9 });
    assert.deepEqual(
      ofA.map(({ position: _, ...rest }) => rest),
      [delivery('a', 1), delivery('a', 3), delivery('a', 4)],
    );
    const positions = ofA.map(({ position }) => position);
    assert.deepEqual(
      positions,
      [...new Set(positions)].sort((x, y) => x - y),
    );
    assert.deepEqual(await webhooks.waiting({ lane: 'lane-a', after: positions[0]!, limit: 1 }), [ofA[1]]);
    await webhooks.finish([positions[0]!, positions[2]!, 12345]);
    await webhooks.finish([]);
    assert.deepEqual(await webhooks.waiting({ lane: 'lane-a', after: 0, limit: 9 }), [ofA[1]]);
    await webhooks.enqueue([delivery('a', 5)], 10);
    const last = (await webhooks.waiting({ lane: 'lane-a', after: 0, limit: 9 })).at(-1);
    assert.ok(last !== undefined && last.position > Math.max(...positions), 'a finished position does not come again');
    await close();
  });

  test('with a subscription go its deliveries; those that come too late are dropped, the rest stays', async () => {
    const { store } = await open();
    for (const id of ['a', 'b']) await store.webhooks.saveSubscription(subscription(id));
    await store.webhooks.enqueue([delivery('a', 1), delivery('b', 2)], 1);
    // Changing one is not removing it.
    await store.webhooks.saveSubscription({ ...subscription('a'), note: 'changed' });
    assert.equal(await store.webhooks.waitingCount(), 2);
    await store.webhooks.removeSubscriptions(['a']);
    await store.webhooks.enqueue([delivery('a', 3), delivery('b', 4)], 2);
    assert.equal(await store.webhooks.waitingCount(), 2);
    assert.deepEqual(await store.webhooks.waiting({ lane: 'lane-a', after: 0, limit: 9 }), []);
    assert.equal((await store.webhooks.waiting({ lane: 'lane-b', after: 0, limit: 9 })).length, 2);
    assert.equal(await store.webhooks.cursor(), 2);
    await store.close();
  });

  test('the secrets of an app come back, newest first, and are replaced all at once', async () => {
    const { store, place } = await open();
    assert.equal((await store.webhooks.secrets()).size, 0);
    const [old, next, other] = [
      { secret: 'whsec_a', createdAt: 1, expiresAt: 9 },
      { secret: 'whsec_b', createdAt: 2, expiresAt: null },
      { secret: 'whsec_c', createdAt: 3, expiresAt: null },
    ];
    await store.webhooks.replaceSecrets('one', [{ ...old, expiresAt: null }]);
    await store.webhooks.replaceSecrets('two', [other]);
    await store.webhooks.replaceSecrets('one', [next, old]);
    await store.close();
    const again = await place.open();
    const secrets = await again.webhooks.secrets();
    assert.deepEqual([secrets.get('one'), secrets.get('two'), secrets.size], [[next, old], [other], 2]);
    await again.webhooks.replaceSecrets('one', []);
    assert.deepEqual([...(await again.webhooks.secrets()).keys()], ['two']);
    await again.close();
  });

  test('the oldest of a lane are dropped until as many are left as may be', async () => {
    const { store } = await open();
    for (const id of ['a', 'b']) await store.webhooks.saveSubscription(subscription(id));
    await store.webhooks.enqueue(manyWait(3000), 1);
    const before = await store.webhooks.waiting({ lane: 'lane-a', after: 0, limit: 5000 });
    assert.equal(before.length, 2000);
    assert.equal(await store.webhooks.dropOldest({ lane: 'lane-a', keep: 2000 }), null);
    assert.equal(await store.webhooks.dropOldest({ lane: 'lane-x', keep: 0 }), null);
    assert.equal(await store.webhooks.dropOldest({ lane: 'lane-a', keep: 700 }), before[1299]!.position);
    assert.deepEqual(await store.webhooks.waiting({ lane: 'lane-a', after: 0, limit: 5000 }), before.slice(1300));
    assert.equal(await store.webhooks.waitingCount(), 1700, 'the other lane is as it was');
    await store.close();
  });

  test('a subscription for which very much waits goes with all of it, and others are written meanwhile', async () => {
    const { store } = await open();
    for (const id of ['a', 'b']) await store.webhooks.saveSubscription(subscription(id));
    await store.webhooks.enqueue(manyWait(6000), 1);
    const order: string[] = [];
    const removed = store.webhooks.removeSubscriptions(['a']).then(() => order.push('removed'));
    for (let at = 0; at < 3; at++) await store.webhooks.enqueue([], 2 + at);
    order.push('others');
    await removed;
    assert.deepEqual(order, ['others', 'removed']);
    assert.deepEqual(
      (await store.webhooks.subscriptions()).map(({ id }) => id),
      ['b'],
    );
    assert.equal(await store.webhooks.waitingCount(), 2000);
    await store.close();
  });
}

function manyWait(count: number): WebhookDelivery[] {
  return Array.from({ length: count }, (_, at) => delivery(at % 3 === 0 ? 'b' : 'a', at));
}

function subscription(id: string): WebhookSubscription {
  return {
    id,
    organizationId: '3',
    extensionId: '3-211',
    appKey: `app ${id}`,
    type: 2,
    url: `https://x.test/${id}`,
    method: 'get',
    enabled: true,
    note: 'a "note"',
    since: 12,
    createdAt: 5,
    modifiedAt: 5,
  };
}

function delivery(subscriptionId: string, at: number): WebhookDelivery {
  return {
    lane: `lane-${subscriptionId}`,
    subscriptionId,
    orderKey: `call-${at % 2}`,
    at,
    type: at % 2 === 0 ? at % 5 : null,
    fields: `CallID=${at}&x=%26`,
    number: at % 3 === 0 ? null : { step: at * 10, place: at % 2 },
  };
}
