import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './load-config.ts';
import {
  directoryMistakes,
  inConference,
  inExtensions,
  inUser,
  type Mistake,
  user,
} from './testing/directory-mistakes.ts';
import { serverMistakes } from './testing/server-mistakes.ts';

/** Duplicates, each at its second place. */
const twice: readonly Mistake[] = [
  [
    'organization id',
    'organizations: [{ id: 3 }, { id: 3, prefix: "4" }]',
    'organizations[1].id',
    'expected an id of its own, found "3" again (first at organizations[0].id)',
  ],
  [
    'prefix, one of them by default',
    'organizations: [{ id: 3 }, { id: 4, prefix: "0003" }]',
    'organizations[1].prefix',
    'expected a prefix of its own, found "0003" again (first at organizations[0].prefix)',
  ],
  [
    'user id',
    'organizations: [{ id: 3, users: [{ id: 1 }, { id: 1 }] }]',
    'organizations[0].users[1].id',
    'expected an id of its own, found "1" again (first at organizations[0].users[0].id)',
  ],
  [
    'login, in other letters',
    'organizations: [{ id: 3, users: [{ id: 1, login: jane }] }, { id: 4, users: [{ id: 1, login: Jane }] }]',
    'organizations[1].users[0].login',
    'expected a login of its own, found "jane" again (first at organizations[0].users[0].login)',
  ],
  [
    'extension number',
    'organizations: [{ id: 3, users: [{ id: 1, extensions: [{ number: "1" }] }, { id: 2, extensions: [{ number: "1" }] }] }]',
    'organizations[0].users[1].extensions[0].number',
    'expected an extension number of its own, found "1" again (first at organizations[0].users[0].extensions[0].number)',
  ],
  [
    'extension number that is a prefix',
    inExtensions('number: "0003"'),
    `${user}.extensions[0].number`,
    'expected a number that is no organization\'s prefix, found "0003" (organizations[0].prefix)',
  ],
  [
    'public number without digits',
    inExtensions('number: "1", publicNumbers: ["+() --- "]'),
    `${user}.extensions[0].publicNumbers[0]`,
    'expected a public number: 3 to 15 digits, found "+() --- "',
  ],
  [
    'public number, once with +',
    inExtensions('number: "1", publicNumbers: ["555"]', 'number: "2", publicNumbers: ["+5-5.5"]'),
    `${user}.extensions[1].publicNumbers[0]`,
    `expected a public number of its own, found "555" again (first at ${user}.extensions[0].publicNumbers[0])`,
  ],
  [
    'conference number',
    inExtensions('number: "1", type: conference, conferences: [{ number: 3 }, { number: "3" }]'),
    `${user}.extensions[0].conferences[1].number`,
    `expected a conference number of its own, found "3" again (first at ${user}.extensions[0].conferences[0].number)`,
  ],
  [
    'meeting ID by default',
    inExtensions(
      'number: "21", type: conference, conferences: [{ number: 13 }]',
      'number: "211", type: conference, conferences: [{ number: 3 }]',
    ),
    `${user}.extensions[1].conferences[0].meetingId`,
    `expected a meetingId (by default the extension followed by the number) of its own, found "2113" again (first at ${user}.extensions[0].conferences[0].meetingId)`,
  ],
  [
    'trunk',
    'trunks: [{ name: a, uri: "sip:a" }, { name: a, uri: "sip:b" }]',
    'trunks[1].name',
    'expected a name of its own, found "a" again (first at trunks[0].name)',
  ],
  [
    'username of a carrier',
    `trunks: [{ name: a, uri: "sip:a", inbound: { username: u, password: x } }, { name: b, uri: "sip:b", inbound: { username: u, password: y } }]`,
    'trunks[1].inbound.username',
    'expected a username of its own, found "u" again (first at trunks[0].inbound.username)',
  ],
];

function mistake(text: string): ConfigError {
  try {
    parseConfig('partyline.yaml', text, '/data', 4);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  assert.fail(`accepted: ${text}`);
}

describe('a bad file says where and what', () => {
  for (const [name, text, path, expected] of [...serverMistakes, ...directoryMistakes, ...twice]) {
    test(name, () => {
      const error = mistake(text);
      assert.equal(error.path, path);
      assert.equal(error.expected, expected);
      assert.equal(error.file, 'partyline.yaml');
      assert.equal(error.message, `partyline.yaml:${error.line}:${error.column}: ${path}: ${expected}`);
    });
  }

  test('the place is that of the value', () => {
    const text = `# a comment
organizations:
  - id: 3
    users:
      - id: 12
        extensions:
          - { number: "15000" }
          - number: 211
            type: conference
`;
    const error = mistake(text);
    assert.equal(error.path, 'organizations[0].users[0].extensions[1].number');
    assert.deepEqual([error.line, error.column], [8, 21]);
  });

  test('an app for a user that is not there', () => {
    const error = mistake('organizations: [{ id: 3, apps: [{ key: a, secret: b, user: 9 }] }]');
    assert.equal(
      error.message.slice('partyline.yaml:1:'.length),
      '60: organizations[0].apps[0].user: expected the id of a user of this organization, found 9',
    );
  });
});

describe('a mistake in a secret does not show it', () => {
  const cases: [string, string][] = [
    ['password as number', inUser('password: 40961234')],
    ['SIP password as number', inExtensions('number: "1", sipPassword: 40961234')],
    ['PIN as number', inConference('participantPin: 40961234')],
    ['PIN with letters', inConference('moderatorPin: "40961234x"')],
    ['the same PIN twice', inConference('participantPin: "40961234", moderatorPin: "40961234"')],
    ['trunk password as a list', 'trunks: [{ name: a, uri: "sip:a", password: [40961234] }]'],
    ['inbound password as number', 'trunks: [{ name: a, uri: "sip:a", inbound: { username: u, password: 40961234 } }]'],
    ['trunk address', 'trunks: [{ name: a, uri: "sip:joe:40961234@a" }]'],
    ['trunk address, with @ in it', 'trunks: [{ name: a, uri: "sip:joe:4@:40961234@a" }]'],
    ['TURN address', 'media: { turn: [{ urls: ["turn:joe:40961234@turn.example.test"] }] }'],
    ['origin', 'http: { origins: ["https://joe:40961234@a"] }'],
    [
      'redirect URI',
      'organizations: [{ id: 3, apps: [{ key: a, secret: b, user: 1, redirectUris: ["https://a:40961234@b"] }] }]',
    ],
    ['host', 'http: { host: "https://joe:40961234@a" }'],
    ['store address', 'store: "postgres://user:40961234@host/db"'],
    ['broken quotes', 'organizations:\n  - id: 3\n    users:\n      - password: "40961234\n'],
    ['broken flow', 'organizations: [{ id: 3, users: [{ password: 40961234 ]'],
    ['bad escape', 'a: "\\q40961234"'],
    ['alias', 'a: *40961234'],
    ['twice the same key', 'a40961234: 1\na40961234: 2'],
  ];
  for (const [name, text] of cases) {
    test(name, () => {
      const error = mistake(text);
      assert.ok(!`${error.message} ${error.stack} ${inspect(error)}`.replaceAll(/a40961234/g, '').includes('40961234'));
      assert.ok(!error.message.includes('\n'));
    });
  }

  test('text that is not YAML has its place', () => {
    assert.equal(
      mistake('http:\n\tport: 1\n').message,
      'partyline.yaml:2:1: not valid YAML: a tab as indentation: use spaces',
    );
    assert.equal(
      mistake('http: {}\nhttp: {}\n').message,
      'partyline.yaml:2:1: not valid YAML: a key that is already there',
    );
  });

  test('what would be passed over in silence is a mistake', () => {
    for (const [text, said] of [
      ['http: { port: 1 }\n---\nsip: { port: 2 }\n', 'partyline.yaml:2:1: not valid YAML: a second document (---): '],
      ['http: { port: 1 }\n---\n', 'partyline.yaml:2:1: not valid YAML: a second document (---): '],
      [
        'organizations:\n  - id: 3\n    name: *x\n',
        'partyline.yaml:3:11: not valid YAML: an alias (*name) that names ',
      ],
      [
        'http:\n\u00a0\u00a0port: 8080\n',
        'partyline.yaml:2:1: \u00a0\u00a0port: unknown key; a blank in it is none of ',
      ],
    ] as const) {
      const { message } = mistake(text);
      assert.ok(message.startsWith(said), message);
    }
    assert.equal(parseConfig('partyline.yaml', '---\nhttp: { port: 1 }\n...\n', '/data', 2).http.port, 1);
  });

  test('a bracket that is not closed is called so, wherever the parser notices', () => {
    for (const text of ['http: { port: 1 ', 'http: { port: 1\nsip: { port: 2 }\n', 'trunks: [1, 2\nstore: sqlite\n']) {
      assert.match(mistake(text).message, /not valid YAML: a { or \[ before this that is not closed$/, text);
    }
    assert.match(mistake('http: { port: 1 host: a }\n').message, /: a missing comma, or /);
    assert.match(mistake('store: sqlite: b\n').message, /needs quotes$/);
  });
});
