import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { registerMeetingPage } from './meeting-page.ts';

test('a page that is not made says how it is, and is served once it is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  t.after(() => http.close());
  registerMeetingPage(http, folder);
  const missing = await http.inject('/meet/2003');
  assert.equal(missing.statusCode, 503);
  assert.match(missing.body, /npm start/);
  assert.match(String(missing.headers['content-security-policy']), /default-src 'none'/);
  writeFileSync(join(folder, 'index.html'), 'the page');
  for (const path of ['/meet', '/meet/', '/meet/2003']) {
    const { statusCode, body } = await http.inject(path);
    assert.deepEqual([statusCode, body], [200, 'the page'], path);
  }
  assert.equal((await http.inject('/meet/assets/none.js')).statusCode, 404);
  assert.equal((await http.inject({ method: 'POST', url: '/meet/2003' })).statusCode, 404);
});
