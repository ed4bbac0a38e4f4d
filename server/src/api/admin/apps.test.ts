import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { usualWebhookFormat } from '../../directory/records.ts';
import { directoryOf, organizationWith } from '../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import type { StoredToken, TokenStore } from '../oauth/token-records.ts';
import { Tokens } from '../oauth/tokens.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerApps, withTokens } from './apps.ts';

/** Remembers what was removed; the real one has a contract suite of its own. */
class Removals implements TokenStore {
  readonly removed: object[] = [];
  async save() {}
  async replace() {}
  async load(): Promise<StoredToken[]> {
    return [];
  }
  async remove(which: object) {
    this.removed.push(which);
  }
  async prune() {}
}

function app(key: string, change: object = {}) {
  return {
    key,
    secret: new Secret('s3cret'),
    user: 12,
    trusted: true,
    enabled: true,
    redirectUris: [],
    webhookFormat: usualWebhookFormat,
    webhookSecret: null,
    ...change,
  };
}

test('an administrator sees who uses the apps of the organization, and ends it', async () => {
  const clock = new VirtualClock();
  const { directory } = await directoryOf({
    organizations: [
      { ...organizationWith(3, []), apps: [app('demo'), app('off', { trusted: false, enabled: false })] },
      { ...organizationWith(4, []), apps: [app('theirs')] },
    ],
    trunks: null,
    dialPlan: null,
  });
  const store = new Removals();
  const tokens = new Tokens({ clock, random: new SeededRandom(1), log: silentLog, store });
  const http = createHttp({ log: silentLog, random: new SeededRandom(2) });
  const verify = async (name: string) => ({
    organizationId: '3',
    userId: 1,
    roles: name === 'boss' ? ['administrator'] : [],
  });
  registerApps(http, new AdministratorLogin(verify, new LoginAttempts(clock)), { directory, tokens });
  const ask = (method: 'DELETE', url: string, name = 'boss') => {
    const authorization = `Basic ${Buffer.from(`${name}:x`).toString('base64')}`;
    return http.inject({ method, url, headers: { authorization } });
  };
  const give = async (appKey: string) => {
    const who = { appKey, secretMark: 'm', organizationId: 3, userId: 12, userAgent: 'curl/8' };
    const issued = tokens.make('access', tokens.newFamily(), who);
    await tokens.keep([issued]);
    return issued.text;
  };
  const ours = await give('demo');
  const theirs = await give('theirs');

  const show = withTokens(tokens);
  const token = {
    kind: 'access',
    user: 12,
    issuedAt: new Date(clock.now()).toISOString(),
    expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
    userAgent: 'curl/8',
  };
  const shown = [show({ key: 'demo', trusted: true }), show({ key: 'off', enabled: false })];
  assert.deepEqual(shown, [
    { key: 'demo', trusted: true, liveTokens: 1, tokens: [token] },
    { key: 'off', enabled: false, liveTokens: 0, tokens: [] },
  ]);
  assert.ok(!JSON.stringify(shown).includes(ours));

  assert.equal((await ask('DELETE', '/admin/v1/apps/demo/tokens', 'jane')).statusCode, 403);
  for (const key of ['theirs', 'nobody']) {
    assert.equal((await ask('DELETE', `/admin/v1/apps/${key}/tokens`)).statusCode, 404, key);
  }
  assert.notEqual(tokens.find('access', ours), null);
  const ended = await ask('DELETE', '/admin/v1/apps/demo/tokens');
  assert.deepEqual([ended.statusCode, ended.body, store.removed], [204, '', [{ appKey: 'demo' }]]);
  assert.equal(tokens.find('access', ours), null);
  assert.notEqual(tokens.find('access', theirs), null);
  assert.deepEqual(show({ key: 'demo' }), { key: 'demo', liveTokens: 0, tokens: [] });
  await http.close();
});
