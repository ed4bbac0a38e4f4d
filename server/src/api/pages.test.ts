import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { registerPages, startPage } from './pages.ts';

test('pages that are not made say how they are, and are served once they are', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  t.after(() => http.close());
  http.get('/', (_request, reply) => startPage(reply, folder));
  registerPages(http, folder);
  const missing = await http.inject('/meet/2003');
  assert.equal(missing.statusCode, 503);
  assert.match(missing.body, /npm start/);
  assert.match(String(missing.headers['content-security-policy']), /default-src 'none'/);
  for (const name of ['index', 'meet', 'agent', 'console']) writeFileSync(join(folder, `${name}.html`), name);
  for (const [path, page] of [
    ['/', 'index'],
    ['/meet', 'meet'],
    ['/meet/', 'meet'],
    ['/meet/2003', 'meet'],
    ['/agent', 'agent'],
    ['/console/calls/12', 'console'],
  ] as const) {
    const { statusCode, body, headers } = await http.inject(path);
    assert.deepEqual([statusCode, body], [200, page], path);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
  }
  assert.equal((await http.inject('/pages/assets/none.js')).statusCode, 404);
  assert.notEqual((await http.inject('/pages/assets/..%2fmeet.html')).statusCode, 200);
  assert.equal((await http.inject({ method: 'POST', url: '/meet/2003' })).statusCode, 404);
});
