import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';

/** The access of apps, from the file to the store and back: what an operator does when a secret has leaked. */

const look = '/uapi/phoneCalls/@me/@self';

test('another secret, a disabled app and the end of all tokens hold over restarts', async (t) => {
  const server = await PartylineServer.start();
  t.after(() => server.stop());
  const file = join(server.folder, 'partyline.yaml');
  const original = readFileSync(file, 'utf8');
  const base = `http://127.0.0.1:${server.httpPort}`;
  const restartWith = async (text: string) => {
    await server.kill9();
    writeFileSync(file, text);
    await server.restart();
  };
  const first = await UnifiedApi.connect(base);
  const status = async (api: UnifiedApi) => (await api.ask(look)).status;
  assert.equal(await status(first), 200);
  await restartWith(original);
  assert.equal(await status(first), 200, 'tokens outlive a crash');

  await restartWith(original.replace('demo-secret', 'changed-secret'));
  assert.equal(await status(first), 401);
  const second = await UnifiedApi.connect(base, { key: 'demo-app', secret: 'changed-secret' });
  assert.equal(await status(second), 200);

  await restartWith(original);
  assert.deepEqual([await status(first), await status(second)], [401, 401], 'an old secret brings no token back');
  const third = await UnifiedApi.connect(base);

  await restartWith(original.replace('secret: demo-secret', 'secret: demo-secret\n        enabled: false'));
  assert.equal(await status(third), 401);
  await assert.rejects(UnifiedApi.connect(base));
  const shown = async () =>
    (await server.get<{ apps: { enabled: boolean; tokens: object[] }[] }>('/admin/v1/apps')).apps[0];
  assert.equal((await shown())?.enabled, false);
  await restartWith(original);
  assert.equal(await status(third), 200);

  const authorization = `Basic ${Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64')}`;
  const ended = await fetch(`${base}/admin/v1/apps/demo-app/tokens`, { method: 'DELETE', headers: { authorization } });
  assert.equal(ended.status, 204);
  assert.equal(await status(third), 401);
  await restartWith(original);
  assert.equal(await status(third), 401);
  assert.deepEqual((await shown())?.tokens, []);
});
