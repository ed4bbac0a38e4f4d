import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commands } from '../src/commands/commands.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { needs } from './peers/installed.ts';
import { programPath } from './peers/on-path.ts';

/** What a page has one paste: shells, the server and the firewall take it, and the keys it names are there. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
  ...readdirSync(join(root, 'examples')).map((name) => join('examples', name, 'README.md')),
].filter((name) => name.endsWith('.md'));
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-pasted-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  readonly at: string;
  readonly language: string;
  readonly text: string;
}

/** Blocks of code with where they stand; one that stands in a list begins further right. */
const blocks: readonly Block[] = pages.flatMap((name) => {
  const text = readFileSync(join(root, name), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', language = '', code = ''], at) => ({
      at: `${name}, block ${at + 1}`,
      language,
      text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
});

const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** What a configuration is refused for; null: it is taken. */
function mistakeIn(text: string): string | null {
  try {
    parseConfig('partyline.yaml', text, folder, 2);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

test('what is to be pasted into a shell is read by one', () => {
  const shell = of('sh', 'bash');
  assert.ok(shell.length > 10);
  for (const { at, text } of shell) {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, `${at}: ${stderr}`);
  }
});

test('each command of ours that is to be pasted is there, with its options', async () => {
  for (const { at, text } of of('sh', 'bash')) {
    for (const [, command = '', more = ''] of text.matchAll(/^(?:npx )?partyline (\S+)([^#|&\n]*)/gm)) {
      if (command === '--version') continue;
      const known = await commands[command]?.();
      assert.ok(known !== undefined, `${at}: partyline ${command}`);
      for (const [option] of more.matchAll(/--[a-z-]+/g))
        assert.ok(known.help.includes(option), `${at}: partyline ${command} ${option}`);
    }
  }
});

test('each configuration on a page is one that the server takes', () => {
  const configurations = of('yaml');
  assert.ok(configurations.length > 7);
  for (const { at, text } of configurations) assert.equal(mistakeIn(text), null, at);
});

test('each key of the configuration that a page names is there', () => {
  const named = new Map<string, string>();
  for (const name of pages.filter((one) => !/decisions|CHANGELOG/.test(one))) {
    const text = readFileSync(join(root, name), 'utf8');
    const keys = /`((?:http|sip|media|limits|retention|webhooks|webServices|unifiedApi)\.[a-zA-Z]+)[`:]/g;
    for (const [, key = ''] of text.matchAll(keys)) named.set(key, name);
  }
  assert.ok(named.size > 30, [...named.keys()].join(' '));
  const unknown = [...named].filter(([key]) => {
    const [part, name] = key.split('.');
    // Whatever is said of the value: the key is known.
    return /unknown key/.test(mistakeIn(`${part}: { ${name}: { x: 1 } }`)?.replace(/\.x: .*/, '') ?? '');
  });
  assert.deepEqual(unknown, []);
  assert.match(mistakeIn('limits: { nothing: { x: 1 } }') ?? '', /limits\.nothing: unknown key/);
});

const noNft = needs('nft');
const asRoot = process.getuid?.() === 0 ? false : 'needs root';

test('the rules of firewall.md are some', { skip: noNft || asRoot }, (t) => {
  const rules = blocks.filter(({ text }) => text.startsWith('table inet '));
  assert.equal(rules.length, 1);
  const file = join(folder, 'rules.nft');
  writeFileSync(file, rules[0]!.text);
  const { status, stderr } = spawnSync(programPath('nft')!, ['-c', '-f', file], { encoding: 'utf8' });
  if (/Operation not permitted|cache initialization failed/.test(stderr)) return t.skip('may not ask the kernel here');
  assert.equal(status, 0, stderr);
});
