import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allSources, browserFiles, files, reportNone, repository } from './peers/source-files.ts';

/*
 * What the documents say of the sources is so.
 */

/** Folders that a server makes where it keeps its data, or a build. */
const madeLater = ['data/', 'recordings/', 'cache/', 'dist/'];

test('the documents name folders and files that are there', () => {
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const pages = ['docs', 'docs/protocols'].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  const problems: string[] = [];
  for (const page of ['README.md', 'CONTRIBUTING.md', ...pages]) {
    const text = readFileSync(join(repository, page), 'utf8');
    for (const [, name = ''] of text.matchAll(/`([a-z-]+\/(?:[a-z-]+\/)*(?:[a-z-]+(?:\.[a-z-]+)*\.ts)?)`/g)) {
      const within = [
        name,
        ...['media/', 'media/process/', 'call/', 'legs/', 'push/', 'api/'].map((base) => base + name),
      ];
      if (madeLater.includes(name) || within.some((path) => known.has(path))) continue;
      if (!existsSync(join(repository, name))) problems.push(`${page}: ${name}`);
    }
  }
  reportNone(problems);
});

/** In examples of what others write. */
const others = ['page.ts', 'x.test.ts'];

test('the documents name files that are there, by their whole path or the end of it', () => {
  const known = new Set(allSources.flatMap(({ path }) => [path, ...endsOf(path)]));
  const problems: string[] = [];
  for (const page of ['README.md', 'CONTRIBUTING.md', ...documents()]) {
    const text = readFileSync(join(repository, page), 'utf8');
    for (const [, name = ''] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|mjs|css))`/g)) {
      if (!known.has(name) && !others.includes(name)) problems.push(`${page}: ${name}`);
    }
  }
  reportNone(problems);
});

/** Paths of all pages in docs/. */
function documents(): string[] {
  return ['docs', 'docs/protocols', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
}

test('comments name files that are there', () => {
  const all = [...files.map(({ path }) => `server/src/${path}`), ...browserFiles.map(({ path }) => path)];
  const pages = ['docs', 'docs/protocols', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(repository, folder)).map((name) => `${folder}/${name}`),
  );
  const known = new Set([...all, ...pages].flatMap((path) => [path, ...endsOf(path)]));
  const problems: string[] = [];
  for (const { path, text } of [...files, ...browserFiles]) {
    for (const [comment] of text.matchAll(/^\s*(?:\/\/|\/?\*).*$/gm)) {
      for (const [name] of comment.matchAll(/(?<![\w./-])(?:[\w-]+\/)*[\w-]+(?:\.test)?\.(?:tsx?|md)\b/g)) {
        if (!known.has(name)) problems.push(`${path} names ${name}`);
      }
    }
  }
  reportNone(problems);
});

/** `a/b/c.ts` → `b/c.ts`, `c.ts`. */
function endsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(at + 1).join('/'));
}

test('docs/call-model.md names every service, and every event with what it carries', () => {
  const text = readFileSync(join(repository, 'docs/call-model.md'), 'utf8');
  const problems: string[] = [];
  const services = files
    .filter(({ path, isTest }) => /^call\/services\/[^/]+$/.test(path) && !isTest)
    .flatMap(({ code }) => [
      ...code.matchAll(/^export const (\w+)(?:: Service<| = (?:onOneCall|endingLegs|dialsIntoCall)\()/gm),
    ])
    .map(([, name = '']) => name);
  assert.ok(services.length > 30, `${services.length} services`);
  for (const name of services) {
    if (!new RegExp(`^\\|[^|]*\\b${name}\\b`, 'im').test(text)) problems.push(`no row for ${name}`);
  }
  const { code = '' } = files.find(({ path }) => path === 'call/model/events.ts') ?? {};
  const fieldsOf = (of: string) => [...of.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name);
  const named = (name: string) => new RegExp(`interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(code)?.[1] ?? '';
  const events = [...named('EventData').matchAll(/^ {2}(\w+): (\w+;|\{[\s\S]*?\};)$/gm)];
  assert.ok(events.length >= 19, `${events.length} events`);
  for (const [, event = '', carried = ''] of events) {
    const [, row = ''] =
      new RegExp(`^(\\|[^|]*\\b${event}\\b.*)$`, 'm').exec(text.slice(text.indexOf('| event |'))) ?? [];
    if (row === '') problems.push(`no row for ${event}`);
    for (const field of fieldsOf(carried.endsWith('};') ? carried : named(carried.slice(0, -1)))) {
      if (!new RegExp(`\\b${field}\\b`).test(row.split('|')[3] ?? '')) problems.push(`${event} carries ${field}`);
    }
  }
  reportNone(problems);
});

test('docs/architecture.md counts the files of the ways through the house as it names them', () => {
  const text = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
  const problems: string[] = [];
  const ways = [...text.matchAll(/^\*\*([^*]+)\*\* \((\d+) files.*\n\n((?:\|.*\n)+)/gm)];
  for (const [, way = '', count, table = ''] of ways) {
    const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
    const named = cells
      .filter((cell) => !cell.startsWith(' of the interface'))
      .flatMap((cell) => cell.replace(/, or `[^`]+`/, '').match(/`[^`]+\.ts`/g) ?? []);
    if (new Set(named).size !== named.length) problems.push(`${way}: names a file twice`);
    if (named.length !== Number(count)) problems.push(`${way}: ${named.length} files, not ${count}`);
  }
  assert.equal(ways.length, 4);
  reportNone(problems);
});

test('the packages that hold the server have its dependencies', () => {
  const manifest = (file: string) => JSON.parse(readFileSync(join(repository, file), 'utf8'));
  for (const file of ['package.json', 'sandbox/package.json']) {
    const { dependencies } = manifest(file);
    assert.deepEqual(dependencies, manifest('server/package.json').dependencies, 'node scripts/same-dependencies.mjs');
  }
});

test('every dependency has its reason in docs/dependencies.md', () => {
  const reasons = readFileSync(join(repository, 'docs/dependencies.md'), 'utf8');
  const problems: string[] = [];
  for (const folder of ['.', 'server', 'sdk', 'web']) {
    const manifest = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8'));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!reasons.includes(`\`${name}\``)) problems.push(`${folder}/package.json: ${name}`);
    }
  }
  reportNone(problems);
});

/** `a/b/c.ts` → `a/`, `a/b/`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`);
}

test('what docs/sizing.md says was measured stands in docs/status.md', () => {
  const status = readFileSync(join(repository, 'docs/status.md'), 'utf8');
  const rows = readFileSync(join(repository, 'docs/sizing.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| .*\d/.test(line) && !line.startsWith('| what |'));
  assert.ok(rows.length >= 8);
  const problems: string[] = [];
  for (const row of rows) {
    const [, what = '', measured = ''] = row.split('|').map((cell) => cell.trim());
    const figures = measured.match(/\d[\d.]*(?: to [\d.]+)? (?:core|ms|MB|s|%|calls\/s)(?![\w])|\d+ to \d+\/s/g) ?? [];
    assert.ok(figures.length > 0, row);
    for (const figure of figures) {
      if (!status.includes(figure)) problems.push(`${what}: ${figure}`);
    }
  }
  reportNone(problems);
});
