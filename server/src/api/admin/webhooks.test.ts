import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { WebhookSubscription } from '../../push/webhooks/webhook-records.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerWebhooks } from './webhooks.ts';

test('an administrator sees who is told what of the extensions of the organization, and of no other', async () => {
  const one: WebhookSubscription = {
    id: 's1',
    organizationId: '3',
    extensionId: 'x',
    appKey: 'demo-app',
    type: 2,
    url: 'http://receiver.test/calls',
    method: 'post',
    enabled: false,
    note: 'for the wallboard',
    since: 0,
    createdAt: Date.parse('2026-11-21T10:00:00.000Z'),
    modifiedAt: 1,
  };
  const all = [one, { ...one, id: 's2', extensionId: 'gone', appKey: null }, { ...one, id: 's3', organizationId: '4' }];
  const http = createHttp({ log: silentLog, random: new SeededRandom(2) });
  const verify = async (name: string) => ({ organizationId: name, userId: 1, roles: ['administrator'] });
  registerWebhooks(http, new AdministratorLogin(verify, new LoginAttempts(new VirtualClock())), {
    subscriptions: (organizationId) => all.filter((some) => some.organizationId === organizationId),
    numberOf: (extensionId) => (extensionId === 'x' ? '211' : null),
    nameOfType: (type) => `type ${type}`,
  });
  const ask = async (organization: string) => {
    const authorization = `Basic ${Buffer.from(`${organization}:x`).toString('base64')}`;
    return (await http.inject({ url: '/admin/v1/webhooks', headers: { authorization } })).json();
  };
  const { count, webhooks } = await ask('3');
  assert.equal(count, 2);
  assert.deepEqual(webhooks[0], {
    id: 's1',
    url: 'http://receiver.test/calls',
    method: 'post',
    extension: '211',
    event: 'type 2',
    app: 'demo-app',
    enabled: false,
    note: 'for the wallboard',
    createdAt: '2026-11-21T10:00:00.000Z',
  });
  assert.deepEqual([webhooks[1].extension, webhooks[1].app], [null, null]);
  assert.deepEqual(
    (await ask('4')).webhooks.map(({ id }: { id: string }) => id),
    ['s3'],
  );
  assert.deepEqual(await ask('5'), { count: 0, webhooks: [] });
  assert.equal((await http.inject({ url: '/admin/v1/webhooks' })).statusCode, 401);
});
