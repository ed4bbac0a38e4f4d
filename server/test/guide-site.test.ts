import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import { registerGuide } from '../src/api/guide.ts';

/** The guide is really made, and followed from its start page through every link, as a reader would. */

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let http: FastifyInstance;

/** Its packages are installed when it is made for the first time, for which there has to be a network. */
const offline = (said: string) => /could not be installed/.test(said);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-guide-site-'));
});

after(async () => {
  await http?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Where a page leads to within the server, and what can be jumped to on it. */
function read(html: string, url: string) {
  const inBody = html.slice(html.indexOf('<body'));
  const links = [...html.matchAll(/\s(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'));
  const ids = new Set([...inBody.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id));
  const here = new URL(url, 'http://guide.test');
  const within = links.map((link) => new URL(link, here)).filter(({ origin }) => origin === here.origin);
  return { ids, within };
}

test('the guide is made, and every link of it leads somewhere, also within a page', {
  timeout: 900_000,
}, async (t) => {
  const dist = join(folder, 'dist');
  const made = spawnSync(process.execPath, [join(root, 'scripts/build-site.mjs'), dist], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const said = `${made.stdout}\n${made.stderr}`;
  if (made.status !== 0 && offline(said)) return t.skip('the packages that make the guide cannot be installed here');
  assert.equal(made.status, 0, said);

  http = fastify();
  registerGuide(http, { built: dist, written: join(root, 'docs') });
  // What the guide names outside itself.
  http.get('/docs/', (_request, reply) => reply.send('the interfaces'));
  const ids = new Map<string, ReadonlySet<string>>();
  const anchors: { readonly from: string; readonly to: URL }[] = [];
  const wrong: string[] = [];
  const waiting = [{ from: 'the start', path: '/docs/guide/' }];
  const seen = new Set(['/docs/guide/']);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { from, path } = next;
    const answer = await http.inject({ url: path });
    if (answer.statusCode !== 200) {
      wrong.push(`${from}: ${path} is ${answer.statusCode}`);
      continue;
    }
    if (!String(answer.headers['content-type']).startsWith('text/html')) continue;
    const page = read(answer.body, path);
    ids.set(path, page.ids);
    for (const to of page.within) {
      if (to.hash !== '') anchors.push({ from: path, to });
      if (seen.has(to.pathname)) continue;
      seen.add(to.pathname);
      waiting.push({ from: path, path: to.pathname });
    }
  }
  for (const { from, to } of anchors) {
    const there = ids.get(to.pathname);
    const id = decodeURIComponent(to.hash.slice(1));
    if (there !== undefined && !there.has(id)) wrong.push(`${from}: nothing is called ${to.pathname}#${id}`);
  }
  assert.deepEqual(wrong, []);

  const list = readFileSync(join(dist, 'llms.txt'), 'utf8');
  const twins = [...list.matchAll(/\]\((\/docs\/guide\/[^)]+\.md)\)/g)].map(([, twin = '']) => twin);
  assert.ok(twins.length > 20, list);
  for (const twin of twins) {
    assert.equal((await http.inject({ url: twin })).statusCode, 200, twin);
    const page = twin.replace(/\.md$/, '.html').replace(/\/index\.html$/, '/');
    assert.ok(seen.has(page), `${page} is not reached from the start page of the guide`);
  }
});

test('what looks like HTML or like a placeholder stands in the guide as it was written', {
  timeout: 900_000,
}, async (t) => {
  // The guide's own way of reading pages, on text that broke it.
  const vitepress = join(root, 'site/node_modules/vitepress/dist/node/index.js');
  if (!existsSync(vitepress)) return t.skip('the packages that make the guide are not installed');
  const { createMarkdownRenderer } = (await import(vitepress)) as {
    createMarkdownRenderer: (
      folder: string,
      options: object,
      base: string,
    ) => Promise<{ render(text: string): string }>;
  };
  const config = (await import(join(root, 'site/.vitepress/config.mjs'))) as { default: { markdown: object } };
  writeFileSync(join(folder, 'page.md'), '');
  const reader = await createMarkdownRenderer(folder, config.default.markdown, '/docs/guide/');
  const html = reader.render('a=crypto:<tag> and {{ name }}, `<leg>` and `{{ name }}`');
  assert.doesNotMatch(html, /<tag>|<leg>|\{\{/);
  assert.match(html, /&lt;tag&gt;.*&lt;leg&gt;/);
});
