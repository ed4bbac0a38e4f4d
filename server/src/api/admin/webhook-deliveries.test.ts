import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Deliveries } from '../../push/webhooks/deliveries.ts';
import { DeliveryLane } from '../../push/webhooks/delivery-lane.ts';
import { MemoryWebhookStore } from '../../push/webhooks/testing/memory-webhook-store.ts';
import type { WebhookSubscription } from '../../push/webhooks/webhook-records.ts';
import { usualWebhookLimits } from '../../push/webhooks/webhooks.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerWebhookDeliveries } from './webhook-deliveries.ts';

const subscription: WebhookSubscription = {
  id: 's1',
  organizationId: '3',
  extensionId: 'x',
  appKey: null,
  type: 0,
  url: 'http://receiver.test/calls',
  method: 'post',
  enabled: true,
  note: '',
  since: 0,
  createdAt: 1,
  modifiedAt: 1,
};

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('what waits is shown with its attempts, sent at once when asked for, and shown as done', async () => {
  const clock = new VirtualClock();
  const store = new MemoryWebhookStore();
  await store.saveSubscription(subscription);
  const lane = '3 http://receiver.test';
  await store.enqueue(
    [{ lane, subscriptionId: 's1', orderKey: 'c', at: clock.now(), type: null, fields: 'a=b', number: null }],
    0,
  );
  let status = 503;
  let asked = 0;
  const { ask, deliveries } = await served(clock, store, async () => {
    asked++;
    return new Response(null, { status });
  });
  const [waiting] = (await ask('GET')).json().deliveries;
  assert.equal(waiting.state, 'waiting');
  assert.equal(waiting.attempts, 1);
  assert.equal(waiting.lastStatus, 503);
  assert.equal(waiting.subscription.url, subscription.url);
  assert.deepEqual((await ask('GET', '', '4')).json(), { waiting: 0, deliveries: [] });
  assert.equal((await ask('POST', `/${waiting.id}/retry`, '4')).statusCode, 404);
  assert.equal((await ask('POST', '/999/retry')).statusCode, 404);
  status = 200;
  assert.equal((await ask('POST', `/${waiting.id}/retry`)).statusCode, 202);
  await settled();
  assert.equal(asked, 2, 'without waiting for its time');
  const after = (await ask('GET', '?state=delivered')).json();
  assert.deepEqual([after.waiting, after.deliveries[0].id], [0, waiting.id]);
  await deliveries.close();
});

test('no more is looked at than is told, and of no other organization', async () => {
  const clock = new VirtualClock();
  const store = new MemoryWebhookStore();
  await store.saveSubscription(subscription);
  const waiting = (lane: string, orderKey: string) =>
    ({ lane, subscriptionId: 's1', orderKey, at: clock.now(), type: null, fields: 'a=b', number: null }) as const;
  const lanes = [
    '3 http://receiver.test',
    '3 http://another.test',
    '4 http://receiver.test',
    '33 http://receiver.test',
  ];
  await store.enqueue(
    lanes.flatMap((lane) => Array.from({ length: 100 }, (_, at) => waiting(lane, `c${at}`))),
    0,
  );
  const { ask, deliveries } = await served(clock, store, async () => new Response(null, { status: 503 }));
  let made = 0;
  const { waiting: original } = DeliveryLane.prototype;
  DeliveryLane.prototype.waiting = function* (this: DeliveryLane) {
    for (const one of original.call(this)) {
      made++;
      yield one;
    }
  };
  try {
    const some = (await ask('GET', '?limit=5')).json();
    assert.deepEqual([some.waiting, some.deliveries.length], [200, 5]);
    assert.ok(made <= 6, `${made} of 400 looked at`);
    made = 0;
    assert.deepEqual((await ask('GET', '?state=delivered&limit=5')).json(), { waiting: 200, deliveries: [] });
    assert.deepEqual((await ask('GET', '', '5')).json(), { waiting: 0, deliveries: [] });
    assert.ok(made <= 1, `${made} looked at for none`);
  } finally {
    DeliveryLane.prototype.waiting = original;
  }
  await deliveries.close();
});

test('one that was given up is sent once more when asked for, and stays given up when that fails too', async () => {
  const clock = new VirtualClock();
  const store = new MemoryWebhookStore();
  await store.saveSubscription(subscription);
  const lane = '3 http://receiver.test';
  const at = clock.now() - usualWebhookLimits.giveUpAfterMs - 1;
  await store.enqueue([{ lane, subscriptionId: 's1', orderKey: 'c', at, type: null, fields: 'a=b', number: null }], 0);
  let status = 503;
  const { ask, deliveries } = await served(clock, store, async () => new Response(null, { status }));
  await settled();
  const find = async () => (await ask('GET')).json().deliveries[0];
  const [id] = (await ask('GET', '?state=givenUp')).json().deliveries.map((one: { id: number }) => one.id);
  assert.equal((await ask('POST', `/${id}/retry`, '4')).statusCode, 404, 'another organization');
  const before = (await find()).attempts;
  assert.equal((await ask('POST', `/${id}/retry`)).statusCode, 202);
  await settled();
  const failed = await find();
  assert.deepEqual([failed.state, failed.attempts, failed.lastStatus], ['givenUp', before + 1, 503]);
  status = 204;
  assert.equal((await ask('POST', `/${id}/retry`)).statusCode, 202);
  await settled();
  const taken = await find();
  assert.deepEqual([taken.state, taken.attempts, taken.lastStatus], ['delivered', before + 2, 204]);
  assert.equal((await ask('POST', `/${id}/retry`)).statusCode, 404, 'it has been delivered');
  await deliveries.close();
});

/** The routes over deliveries that go out by `fetch`, asked by the administrator of an organization. */
async function served(clock: VirtualClock, store: MemoryWebhookStore, fetch: () => Promise<Response>) {
  const deliveries = new Deliveries({
    clock,
    log: silentLog,
    random: new SeededRandom(1),
    store,
    fetch,
    limits: usualWebhookLimits,
    nameOfType: () => 'call',
    subscription: () => subscription,
    secretsOf: () => [],
  });
  await deliveries.start();
  await settled();
  const http = createHttp({ log: silentLog, random: new SeededRandom(2) });
  const verify = async (name: string) => ({ organizationId: name, userId: 1, roles: ['administrator'] });
  const login = new AdministratorLogin(verify, new LoginAttempts(clock));
  registerWebhookDeliveries(http, login, { now: () => clock.now(), deliveries, subscription: () => subscription });
  const ask = (method: 'GET' | 'POST', path = '', organization = '3') => {
    const authorization = `Basic ${Buffer.from(`${organization}:x`).toString('base64')}`;
    return http.inject({ method, url: `/admin/v1/webhook-deliveries${path}`, headers: { authorization } });
  };
  return { ask, deliveries };
}
