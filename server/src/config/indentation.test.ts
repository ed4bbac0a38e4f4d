import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { misplacedLine } from './indentation.ts';
import { parseConfig } from './load-config.ts';

function mistake(text: string): ConfigError {
  try {
    parseConfig('f.yaml', text, '/data', 2);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  throw new Error(`taken: ${text}`);
}

/** Every way of getting the spaces wrong, and the line that is to be looked at. */
const wrong: readonly { what: string; yaml: string; line: number }[] = [
  { what: 'a key less deep than its neighbours', yaml: 'http:\n  port: 8080\n host: x\n', line: 3 },
  { what: 'a key deeper than its neighbours', yaml: 'http:\n  host: 127.0.0.1\n    port: 8080\n', line: 3 },
  { what: 'a section that is not indented', yaml: 'http:\nport: 8080\n', line: 2 },
  { what: 'a section of words that is not indented', yaml: 'limits:\npinAttempts: 3\n', line: 2 },
  { what: 'a section that is indented too far', yaml: 'http:\n  port: 8080\n  sip:\n    port: 5060\n', line: 3 },
  { what: 'a key of an item at its dash', yaml: 'organizations:\n  - id: 3\n  name: X\n', line: 3 },
  { what: 'a key of an item too deep', yaml: 'organizations:\n  - id: 3\n     name: X\n', line: 3 },
  { what: 'a key of an item not deep enough', yaml: 'organizations:\n  - id: 3\n   name: X\n', line: 3 },
  { what: 'a list that belongs further in', yaml: 'organizations:\n  - id: 3\nusers:\n  - id: 1\n', line: 3 },
  {
    what: 'a key beside its list',
    yaml: 'organizations:\n  - id: 3\n    users:\n    - id: 1\n    login: x\n',
    line: 5,
  },
  { what: 'the first line indented', yaml: ' http:\n  port: 1\nsip:\n  port: 2\n', line: 3 },
  { what: 'an item less deep than the others', yaml: 'trunks:\n    - name: a\n  - name: b\n', line: 3 },
  { what: 'a tab', yaml: 'http:\n\tport: 8080\n', line: 2 },
  { what: 'behind a comment and an empty line', yaml: 'http:\n  port: 1\n\n# x\n   host: a\n', line: 5 },
];

for (const { what, yaml, line } of wrong) {
  test(`${what} is called wrong indentation, in its line`, () => {
    const error = mistake(yaml);
    assert.match(error.message, /indentation/);
    assert.equal(error.line, line, error.message);
  });
}

test('what only looks like it is called otherwise', () => {
  for (const yaml of ['http: { port: 8080', 'http: { prot: 1 }', 'http:\n  port: "8080\n', 'a b: c: d']) {
    assert.doesNotMatch(mistake(yaml).message, /indentation\?|spaces/, yaml);
  }
});

test('no line of a right file is misplaced', () => {
  const right = `# comment
http: { port: 8080,
  host: a }
organizations:
- id: 3
  name: "a: b #c {"
  users:
    - id: 1
      roles:
      - agent
      extensions:
        -
          number: "1"
sip:
    port: 5060`;
  assert.equal(misplacedLine(right, 99), null);
});

test('a password is not in what is said', () => {
  const error = mistake(
    'organizations:\n  - id: 3\n    users:\n      - id: 1\n        password: s3cret\n       login: x\n',
  );
  assert.match(error.message, /f\.yaml:6:8: .*7 spaces/);
  assert.doesNotMatch(error.message, /s3cret/);
});

test('a missing space or dash is called so', () => {
  assert.match(mistake('http:\n  port:8080\n').message, /space.*colon/);
  assert.match(mistake('organizations:\n  id: 3\n').message, /"- " before/);
});
