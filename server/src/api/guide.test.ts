import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { registerGuide } from './guide.ts';

let folder: string;
let http: FastifyInstance;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-guide-'));
  mkdirSync(join(folder, 'docs/protocols'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'docs/index.md'), '# The guide\n\n[Errors](errors.md), [SIP](protocols/sip.md)\n');
  writeFileSync(join(folder, 'docs/errors.md'), '# Errors\n');
  writeFileSync(join(folder, 'docs/protocols/sip.md'), '# SIP\n');
  writeFileSync(join(folder, 'secret.md'), 'nobody reads this\n');
  http = fastify();
  registerGuide(http, { built: join(folder, 'dist'), written: join(folder, 'docs') });
  await http.ready();
});

after(async () => {
  await http.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (url: string) => http.inject({ url });

test('where it was not made: how to make it, and every page as it is written', async () => {
  const page = await get('/docs/guide/');
  assert.equal(page.statusCode, 503);
  assert.match(page.body, /npm run docs/);
  assert.equal((await get('/docs/guide')).headers.location, '/docs/guide/');
  assert.equal((await get('/docs/guide/errors.html')).statusCode, 503);
  const errors = await get('/docs/guide/errors.md');
  assert.equal(errors.body, '# Errors\n');
  assert.match(String(errors.headers['content-type']), /^text\/markdown/);
  assert.equal((await get('/docs/guide/protocols/sip.md')).body, '# SIP\n');
  assert.match((await get('/docs/guide/llms.txt')).body, /^- \[SIP\]\(\/docs\/guide\/protocols\/sip\.md\)$/m);
});

test('nothing beside the pages', async () => {
  for (const path of [
    '../secret.md',
    '%2e%2e/secret.md',
    '..%2fsecret.md',
    'protocols/..%2f..%2fsecret.md',
    'none.md',
    'none.txt',
  ]) {
    const answer = await get(`/docs/guide/${path}`);
    assert.ok(answer.statusCode >= 400, `${path}: ${answer.statusCode}`);
    assert.doesNotMatch(answer.body, /nobody reads/);
  }
});

test('where it is made while the server runs, its scripts run from then on', async () => {
  const scriptsOf = async () =>
    /script-src ([^;]*);/.exec(String((await get('/docs/guide/')).headers['content-security-policy']))?.[1];
  const scripts = join(folder, 'dist', 'scripts.json');
  assert.equal(await scriptsOf(), "'self'");
  writeFileSync(scripts, '["\'sha256-');
  assert.equal(await scriptsOf(), "'self'");
  writeFileSync(scripts, '["\'sha256-abc\'"]\n');
  assert.equal(await scriptsOf(), "'self' 'sha256-abc'");
});

test('where it was made: pages, with the inline scripts that were there then and no other', async () => {
  const made = fastify();
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'));
  writeFileSync(join(dist, 'index.html'), '<h1>guide</h1>');
  writeFileSync(join(dist, 'errors.html'), '<h1>errors</h1>');
  writeFileSync(join(dist, 'errors.md'), '# Errors, made\n');
  writeFileSync(join(dist, 'assets/app.js'), 'export {};\n');
  writeFileSync(join(dist, 'scripts.json'), '["\'sha256-abc\'"]\n');
  registerGuide(made, { built: dist, written: join(folder, 'docs') });
  const page = await made.inject({ url: '/docs/guide/' });
  assert.equal(page.statusCode, 200);
  assert.equal(page.body, '<h1>guide</h1>');
  assert.match(String(page.headers['content-security-policy']), /script-src 'self' 'sha256-abc';/);
  for (const path of ['errors', 'errors.html']) {
    assert.equal((await made.inject({ url: `/docs/guide/${path}` })).body, '<h1>errors</h1>', path);
  }
  assert.match(String((await made.inject({ url: '/docs/guide/assets/app.js' })).headers['content-type']), /javascript/);
  assert.equal((await made.inject({ url: '/docs/guide/errors.md' })).body, '# Errors, made\n');
  await made.close();
});
