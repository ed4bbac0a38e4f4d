import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { associateData } from '../../../../call/services/associate-data.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { MemoryWebhookStore } from '../../../../push/webhooks/testing/memory-webhook-store.ts';
import { Webhooks } from '../../../../push/webhooks/webhooks.ts';
import { unifiedApiWebhooks } from './webhook-projection.ts';

const settings = { type: 0, url: 'http://127.0.0.1:1025/', method: 'get', enabled: true, note: '' } as const;

test('calls of others are not read again when a subscription changes, and only their first event is ever read', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking('A');
  for (let at = 0; at < 50; at++) await fixture.runtime.do(associateData, { callId, set: { a: `${at}` } });
  let read = 0;
  const webhooks = new Webhooks({
    clock: fixture.clock,
    log: silentLog,
    random: new SeededRandom(1),
    store: new MemoryWebhookStore(),
    calls: {
      feed: (query) => fixture.store.feed(query),
      lastPosition: () => fixture.store.lastPosition(),
      eventsOf: async (id, options) => {
        const events = await fixture.store.eventsOf(id, options);
        read += events.length;
        return events;
      },
    },
    dialect: unifiedApiWebhooks({ numbersOf: () => ({ extendedNumber: '1', publicNumbers: [] }) }),
    fetch: async () => new Response(null, { status: 200 }),
  });
  fixture.runtime.on('event', () => webhooks.nudge());
  await webhooks.start();
  const happens = async (value: string) => {
    await fixture.runtime.do(associateData, { callId, set: { b: value } });
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const other = { organizationId: 'other', extensionId: 'y1' };
  const { id } = await webhooks.subscriptions.create(other, settings);
  await happens('1');
  assert.equal(read, 1, 'whose call it is');
  await webhooks.subscriptions.create(other, { ...settings, type: 1 });
  await webhooks.subscriptions.update(other, { id }, { note: 'changed' });
  await webhooks.subscriptions.remove(other, { id });
  await happens('2');
  assert.equal(read, 1, 'nobody was concerned anew');
  await webhooks.subscriptions.create({ organizationId: 'third', extensionId: 'z1' }, settings);
  await happens('3');
  assert.equal(read, 2);
  // Now its own organization: all of it, to know how things stand.
  await webhooks.subscriptions.create({ organizationId: 'org', extensionId: 'x100' }, settings);
  await happens('4');
  assert.ok(read > 50, `${read} events`);
  await webhooks.close();
});
