import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unifiedApiErrors } from '../src/api/dialects/unified-api/errors.ts';
import { callErrorCodes } from '../src/call/model/call-error.ts';
import { exitCodes } from '../src/commands/command.ts';
import { upgradeNotes } from '../src/commands/doctor/upgrade-notes.ts';
import { sentences } from '../src/observation/why/sentences.ts';
import { schemaSteps } from '../src/store/sqlite/migrations.ts';

/** What the pages say of the code, compared with it; and that their links lead somewhere. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
const source = (path: string) => readFileSync(join(root, 'server/src', path), 'utf8');

const sources = readdirSync(join(root, 'server/src'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !/[\\/]testing[\\/]/.test(name));

/** What stands in the code between quotation marks behind `before`. */
function saidIn(pattern: RegExp, files: readonly string[] = sources): string[] {
  return files.flatMap((name) => [...source(name).matchAll(pattern)].map(([, code]) => code ?? ''));
}

const within = (folder: string) => sources.filter((name) => name.startsWith(`${folder}/`));

/**
 * What the library behind the token endpoint refuses with; its InvalidArgumentError and ServerError are mistakes of
 * ours.
 */
function ofTokenLibrary(): string[] {
  const lib = join(root, 'node_modules/@node-oauth/oauth2-server/lib');
  const files = [
    'handlers/token-handler.js',
    ...readdirSync(join(lib, 'grant-types')).map((name) => `grant-types/${name}`),
  ];
  const thrown = files.flatMap((name) => [...readFileSync(join(lib, name), 'utf8').matchAll(/new (\w+)Error\(/g)]);
  return thrown
    .map(([, name = '']) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase())
    .filter((name) => name !== 'invalid_argument' && name !== 'server');
}

/** The first column of the table under a heading of errors.md. */
function told(heading: string): string[] {
  const section = page('errors.md')
    .split(/^## /m)
    .find((one) => one.startsWith(heading));
  assert.ok(section !== undefined, heading);
  for (const line of section.split('\n').filter((one) => one.startsWith('| `'))) {
    assert.match(line, /^\| `[^`]+` \| \S.{5,} \|$/, `a next step: ${line}`);
  }
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code ?? '');
}

/** What a function says to people, with `…` where it puts something in. */
function sentencesIn(file: string, name: string): string[] {
  const from = source(file).split(name)[1] ?? '';
  const body = from.slice(0, from.search(name.startsWith('  ') ? /^ {2}\}$/m : /^\}$/m));
  const texts = [...body.matchAll(/'([^'\n]+)'|`([^`\n]+)`/g)].map(([, plain, filled]) => plain ?? filled ?? '');
  const said = texts.map((text) => text.replace(/(?:\$\{[^}]+\})+/g, '…'));
  return said.filter((text) => /^[…a-z][^(]*(?: \S+){3}/.test(text) && !/^(?:insert|delete) /.test(text));
}

function same(heading: string, inCode: Iterable<string>): void {
  const codes = [...new Set(inCode)].sort();
  assert.deepEqual(
    told(heading).sort(),
    codes,
    `docs/errors.md, ${heading}: one row for each code of the sources, and no other`,
  );
}

test('errors.md has every error with its next step', () => {
  const ofStart = saidIn(/(?:ok|configuration|portInUse|dataFolder|internal): (\d+)/g, ['main.ts']);
  same('Exit codes', [...ofStart, ...Object.values(exitCodes).map(String)]);
  const failures = /export type StoreFailure =([^;]+);/.exec(source('store/store-error.ts'))?.[1] ?? '';
  same(
    'The data folder',
    [...failures.matchAll(/'(\w+)'/g)].map(([, name]) => name ?? ''),
  );
  const refused = saidIn(/new AppError\(\s*'(\w+)'/g);
  same('Administration', [...refused, ...Object.keys(callErrorCodes)]);
  const cdr = source('api/dialects/unified-api/cdr/cdr-query.ts');
  const filters = /const filterable = \{([^}]+)\}/.exec(cdr)?.[1]?.matchAll(/(\w+):/g) ?? [];
  same('Unified API', [
    ...Object.keys(unifiedApiErrors),
    ...saidIn(/new UnifiedApiError\(\d+, '(\w+)'/g),
    ...saidIn(/\b((?:[a-z]+_)+invalid(?:_[a-z]+)*)\b/g, within('api/dialects/unified-api')),
    ...[...filters].map(([, name]) => `cdr_invalid_filter_by_${name}`),
  ]);
  same('Tokens', [
    ...saidIn(/'((?:[a-z]+_)*(?:invalid|unsupported|denied|many|unavailable|error)_?[a-z_]*)'/g, within('api/oauth')),
    ...ofTokenLibrary(),
  ]);
  // What stands in the middle is the channel.
  const ofBayeux = saidIn(/['`](\d{3}:(?:\$\{[^}]+\})?:[^'`]+)['`];?/g, [...within('push')]);
  same(
    'Notifications',
    ofBayeux.map((error) => error.replace(/\$\{[^}]+\}/, 'CHANNEL')),
  );
  const webServices = source('api/dialects/web-services/errors.ts');
  same(
    'Web Services',
    [...webServices.matchAll(/\{ code: (\d+), status/g)].map(([, code]) => code ?? ''),
  );
  same(
    'Portal',
    [...source('api/dialects/portal/errors.ts').matchAll(/^ {2}(ERC_\w+):/gm)].map(([, code]) => code ?? ''),
  );
  const browsers = within('api/dialects/portal');
  same('Browsers', [...saidIn(/new Problem\(\d+, '(\w+)'/g), ...saidIn(/: \['(token\w+)', /g, browsers)]);
  same('Commands of browsers', saidIn(/new CommandRefused\(\s*'(\w+)'/g, browsers));
  same('Calls', Object.keys(sentences));
  same('Health', [
    ...sentencesIn('media/engine.ts', '  trouble(): '),
    ...sentencesIn('media/process-handle.ts', 'function troubleOf('),
    ...sentencesIn('sip/user-agent.ts', '  trouble(): '),
    ...sentencesIn('store/sqlite/store-health.ts', '  async #find(): '),
    ...sentencesIn('prompts.ts', 'function missingPrompts('),
  ]);
});

test('upgrade.md and doctor tell of every step of the schema', () => {
  assert.deepEqual(
    Object.keys(upgradeNotes).map(Number),
    schemaSteps.map(({ number }) => number),
  );
  const text = page('upgrade.md');
  for (const { number } of schemaSteps)
    assert.ok(text.includes(`| ${number} | ${upgradeNotes[number]} |`), `schema ${number}`);
});

const pages = [
  ...readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'examples')).map((name) => join('examples', name, 'README.md')),
].filter((name) => name.endsWith('.md') && existsSync(join(root, name)));

test('links between the pages, and to files, lead somewhere', () => {
  const wrong: string[] = [];
  for (const name of pages) {
    const text = readFileSync(join(root, name), 'utf8').replace(/```[\s\S]*?```/g, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link) || link.startsWith('#')) continue;
      const [path = ''] = link.split('#');
      const target = join(dirname(join(root, name)), path);
      if (!existsSync(target)) wrong.push(`${name}: ${link}`);
      else if (relative(root, target).startsWith('..')) wrong.push(`${name}: ${link} leads out of the project`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every page of docs/ is reached from the start page of the guide', () => {
  const seen = new Set<string>();
  const waiting = ['docs/index.md'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name) || !existsSync(join(root, name))) continue;
    seen.add(name);
    const text = readFileSync(join(root, name), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s#]+\.md)(?:#[^)]*)?\)/g))
      waiting.push(join(dirname(name), link));
  }
  assert.deepEqual(
    pages.filter((name) => name.startsWith('docs/') && !seen.has(name)),
    [],
  );
});
