import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Subscriptions } from './subscriptions.ts';
import { MemoryWebhookStore } from './testing/memory-webhook-store.ts';

test('of an extension that is gone nobody is told any more, also where the disk is full when it goes', async () => {
  const store = new MemoryWebhookStore();
  const subscriptions = new Subscriptions({
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    store,
    mostPerExtension: 100,
    mostType: 4,
    lastPosition: async () => 0,
    onFirst: async () => {},
    onApp: async () => {},
    mayReach: () => true,
    onChange: async () => {},
  });
  await subscriptions.load(() => true);
  const settings = { type: 0, url: 'http://one.test/', method: 'get', enabled: true, note: '' } as const;
  const gone = { organizationId: '3', extensionId: '3-101' };
  const other = { organizationId: '3', extensionId: '3-102' };
  const { id } = await subscriptions.create(gone, settings);
  store.beforeChange = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(subscriptions.removeAll([gone]), /disk full/);
  assert.deepEqual([subscriptions.wanted('3-101', 0), subscriptions.get(id), subscriptions.active], [[], null, false]);
  assert.equal((await store.subscriptions()).length, 1);
  store.beforeChange = async () => {};
  const made = await subscriptions.create(other, settings);
  assert.deepEqual(await store.subscriptions(), [made], 'nor after the next start, whoever has its number then');
});
