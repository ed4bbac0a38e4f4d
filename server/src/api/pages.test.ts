import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { registerNowhere, registerPages, startPage } from './pages.ts';

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

test('people who are at no address are shown so; programs, and clients of interfaces, are told as ever', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  t.after(() => http.close());
  registerNowhere(http, folder);
  http.get('/things/:id', () => 'a thing');
  registerPages(http, folder);
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const ask = (url: string, accept: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
    http.inject({ method, url, headers: { accept } });
  // Not made yet: there is no page to show.
  assert.equal((await ask('/x', browser)).json().error.code, 'notFound');
  writeFileSync(join(folder, 'nowhere.html'), '<title>nowhere</title>');
  for (const path of ['/x', '/x/y?z=<b>', '//x', '/docs/nothing', '/thing']) {
    const { statusCode, body, headers } = await ask(path, browser);
    assert.deepEqual([statusCode, body], [404, '<title>nowhere</title>'], path);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'accept']);
  }
  assert.equal((await ask('/x', browser, 'HEAD')).statusCode, 404);
  // What cannot be decoded is at no address either.
  const malformed = await ask('/%zz', browser);
  assert.deepEqual([malformed.statusCode, malformed.body], [400, '<title>nowhere</title>']);
  for (const [path, accept, method] of [
    ['/x', '*/*', 'GET'],
    ['/x', '', 'GET'],
    ['/x', 'application/json, text/html', 'GET'],
    ['/x', browser, 'POST'],
    // As the client of HTTP in Java asks.
    ['/things/a/b', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'GET'],
    [`/things/${'a'.repeat(200)}`, browser, 'GET'],
  ] as const) {
    const answer = await ask(path, accept, method);
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().error.code, 'notFound', `${method} ${path} ${accept}`);
  }
});
