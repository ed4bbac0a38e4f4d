import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseConfig } from './load-config.ts';
import { PlacedDocument } from './placed-document.ts';
import { QuickDocument } from './quick-document.ts';
import type { ConfigValue } from './value.ts';

/** A file is read quickly first, and again with places when something is wrong: both must understand the same. */

const documentation = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(documentation)?.[1] ?? assert.fail('no example');

function plain(value: ConfigValue): unknown {
  if (value.isNull) return null;
  if (value.list !== null) return value.list.map(plain);
  if (value.entries !== null) return value.entries.map((entry) => [entry.key, plain(entry.value)]);
  const { scalar, written } = value;
  return typeof scalar === 'number' ? { number: String(scalar), written } : scalar;
}

/** Undefined for what is refused. */
function understood(make: () => PlacedDocument | QuickDocument): unknown {
  try {
    return plain(make().root());
  } catch {
    return undefined;
  }
}

const scalars = [
  ...[
    '0003',
    '3',
    '-3',
    '+3',
    '1_000',
    '0o17',
    '0x1F',
    '017',
    '0b11',
    '1.5',
    '1.',
    '.5',
    '1e3',
    '1e',
    '.inf',
    '-.INF',
    '.nan',
    '1:30',
  ],
  ...[
    'true',
    'True',
    'TRUE',
    'yes',
    'on',
    'off',
    'no',
    'y',
    'false',
    'tRue',
    'null',
    'Null',
    'NULL',
    '~',
    '',
    'nUll',
    '<<',
    '=',
  ],
  ...[
    '2026-01-05',
    '2026-01-05T09:00',
    '12:30:45',
    '"0003"',
    "'0003'",
    '"a\\tb\\u00e9\\x41"',
    "'it''s'",
    '"a\\qb"',
    'a#b',
    'a #b',
    '#',
  ],
  ...[
    '25s',
    '1h30m',
    'sip:127.0.0.1:5080;transport=udp',
    '^\\+?[0-9]{7,15}$',
    '*211',
    '&a',
    '@x',
    '`x',
    '%x',
    '!x',
    '!!str 5',
    '!!int "5"',
  ],
  ...[
    '[1, 2',
    '[1, , 2]',
    '[a: b]',
    '{ a: 1, a: 2 }',
    '{ 1: 2 }',
    '{ a }',
    '{ a: }',
    '{ "a":1 }',
    '[a, b,]',
    '"open',
    '|\n  text\n  more',
    '>-\n  a\n  b',
  ],
];

const files = [
  ...scalars.map((scalar) => `a: ${scalar}\nb: [${scalar.includes('\n') ? 1 : scalar}]\nc: 1`),
  ...scalars.map((scalar) => `a: ${scalar}`),
  ...[
    '',
    '\n',
    '# only this\n',
    '---\na: 1',
    'a: 1\n---\nb: 2',
    'a: 1\n...\n',
    '%YAML 1.2\n---\na: 1',
    '\uFEFFa: 1',
    'a:\r\n  b: 1\r\n',
  ],
  ...[
    'a: &x { b: 1 }\nc: *x',
    'a: *none',
    'a:\n  <<: { b: 1 }',
    'a: 1\na: 2',
    'a:\n\tb: 1',
    'a: 1\n b: 2',
    'a:\n  - 1\n - 2',
    '- 1\n- 2',
  ],
  ...[
    '? a\n: b',
    '? [a]\n: b',
    '1: 2',
    'null: 1',
    '"a": 1',
    'a : 1',
    'a:1',
    'a: b: c',
    '__proto__: { a: 1 }',
    'constructor: 1',
    'text',
  ],
  example,
];

test('what is read quickly is understood as the slower reading does', () => {
  for (const text of files) {
    const quick = understood(() => new QuickDocument('f', text));
    const placed = understood(() => new PlacedDocument('f', text));
    // What the quick one refuses is read again.
    if (quick !== undefined) assert.deepEqual(quick, placed, JSON.stringify(text));
  }
});

test('any file of ours cut off, or with one character changed, is understood alike', () => {
  let refused = 0;
  const changed = [':', '"', ' ', '-', '#', '}', '\n', '\t', '*', ','];
  for (let at = 0; at < example.length; at += 31) {
    const cut = example.slice(0, at);
    const other = `${cut}${changed[at % changed.length]}${example.slice(at + 1)}`;
    for (const text of [cut, other]) {
      const quick = understood(() => new QuickDocument('f', text));
      if (quick === undefined) refused++;
      else
        assert.deepEqual(
          quick,
          understood(() => new PlacedDocument('f', text)),
          JSON.stringify(text),
        );
    }
  }
  assert.ok(refused > 0);
});

test('a mistake has its place, also in a large file', () => {
  const users = Array.from({ length: 300 }, (_, at) => `      - { id: ${at + 1}, login: "u${at}" }`);
  users[250] = '      - { id: 251, logn: "u250" }';
  const text = `organizations:\n  - id: 3\n    users:\n${users.join('\n')}\n`;
  const expected = { line: 254, path: 'organizations[0].users[250].logn' };
  assert.throws(() => parseConfig('partyline.yaml', text, '/data', 2), expected);
});
