import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { createHttp } from '../../http.ts';
import { registerLibrary } from './library.ts';

test('the library is there for pages of any origin once it is made, and sent again only when it has changed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-library-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  t.after(() => http.close());
  registerLibrary(http, folder);
  const get = (name: string, headers: Record<string, string> = {}) => http.inject({ url: `/sdk/${name}`, headers });
  const missing = await get('AvayaClientServices.min.js');
  assert.equal(missing.statusCode, 404);
  assert.match(missing.body, /npm start/);

  for (const [name, type] of [
    ['AvayaClientServices.min.js', 'text/javascript; charset=utf-8'],
    ['AvayaClientServices.d.ts', 'text/plain; charset=utf-8'],
    ['AvayaClientServices.mjs.map', 'application/json; charset=utf-8'],
  ] as const) {
    writeFileSync(join(folder, name), '"it"');
    const { statusCode, headers, body } = await get(name);
    assert.deepEqual([statusCode, headers['content-type'], body], [200, type, '"it"']);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(headers['cache-control'], 'no-cache');
    const again = await get(name, { 'if-none-match': String(headers['etag']) });
    assert.deepEqual([again.statusCode, again.body], [304, '']);
    writeFileSync(join(folder, name), '"another"');
    assert.equal((await get(name, { 'if-none-match': String(headers['etag']) })).body, '"another"');
  }
  writeFileSync(join(folder, '.sources'), 'x');
  assert.equal((await get('.sources')).statusCode, 404);
});
