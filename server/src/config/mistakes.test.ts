import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './load-config.ts';

const inUser = (rest: string) => `organizations: [{ id: 3, users: [{ id: 12, ${rest} }] }]`;
const inExtensions = (...extensions: string[]) =>
  inUser(`extensions: [${extensions.map((e) => `{ ${e} }`).join(', ')}]`);
const inConference = (rest: string) =>
  inExtensions(`number: "9", type: conference, conferences: [{ number: 1, ${rest} }]`);
const user = 'organizations[0].users[0]';
const conference = `${user}.extensions[0].conferences[0]`;

/** Text of the file → path of the mistake and what is said about it. */
const bad: [name: string, text: string, path: string, expected: string][] = [
  ['unknown section', 'htp: {}', 'htp', 'unknown key; did you mean "http"?'],
  [
    'unknown key',
    'http: { color: red }',
    'http.color',
    'unknown key; expected one of host, port, publicUrl, trustedProxies, origins, tls',
  ],
  [
    'retention without a unit',
    'retention: { log: 90 }',
    'retention.log',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1m to 3650d, found 90',
  ],
  [
    'nothing to be kept',
    'retention: { recordsMost: 0 }',
    'retention.recordsMost',
    'expected a whole number from 1 to 1000000000, found 0',
  ],
  ...(['50', '0MB', '2000TB', '50 gb', '1.5GB', '-1GB'] as const).map((size): [string, string, string, string] => [
    `size ${size}`,
    `retention: { recordingsSize: ${size} }`,
    'retention.recordingsSize',
    `expected a size with a unit (MB, GB, TB) such as 50GB, from 1MB to 1000TB, found ${size === '50' ? size : `"${size}"`}`,
  ]),
  [
    'a codec that is not spoken',
    'media: { codecs: [G729] }',
    'media.codecs[0]',
    'expected one of opus, PCMU, PCMA, found "G729"',
  ],
  ...(['[]', '[PCMA, PCMA]'] as const).map((codecs): [string, string, string, string] => [
    `codecs ${codecs}`,
    `media: { codecs: ${codecs} }`,
    'media.codecs',
    `expected one or more of opus, PCMU, PCMA, each once, found ${codecs === '[]' ? 'none' : 'PCMA, PCMA'}`,
  ]),
  ['near miss', 'limits: { pinAttempt: 3 }', 'limits.pinAttempt', 'unknown key; did you mean "pinAttempts"?'],
  [
    '__proto__',
    'http: { __proto__: 1 }',
    'http.__proto__',
    'unknown key; expected one of host, port, publicUrl, trustedProxies, origins, tls',
  ],
  [
    'section expected',
    'http: 8080',
    'http',
    'expected a section with the keys host, port, publicUrl, trustedProxies, origins, tls, found a number',
  ],
  ['port as text', 'http: { port: "80" }', 'http.port', 'expected a whole number from 0 to 65535, found "80"'],
  ['port too high', 'sip: { port: 70000 }', 'sip.port', 'expected a whole number from 0 to 65535, found 70000'],
  [
    'url',
    'http: { publicUrl: "ftp://x" }',
    'http.publicUrl',
    'expected an http:// or https:// address, found other text',
  ],
  ['srtp', 'sip: { srtp: yes }', 'sip.srtp', 'expected one of off, optional, required, found "yes"'],
  [
    'TURN address',
    'media: { turn: [{ urls: ["http://turn.example.test"] }] }',
    'media.turn[0].urls[0]',
    'expected a TURN or STUN address such as "turn:turn.example.com:3478?transport=udp", found "http://turn.example.test"',
  ],
  [
    'TURN without a login',
    'media: { turn: [{ urls: ["turn:turn.example.test"] }] }',
    'media.turn[0]',
    'expected username and password, or secret, found neither',
  ],
  [
    'TURN with half a login',
    'media: { turn: [{ urls: ["turn:turn.example.test"], username: a }] }',
    'media.turn[0]',
    'expected username and password, found one of them',
  ],
  [
    'TURN login that no header can hold',
    'media: { turn: [{ urls: ["turn:turn.example.test"], username: "会議", password: b }] }',
    'media.turn[0].username',
    'expected a username of visible ASCII, found "会議"',
  ],
  [
    'TURN addresses too long for a token',
    `media: { turn: [{ secret: s, urls: [${Array(4).fill(`"turn:${'a'.repeat(190)}"`)}] }, { secret: s, urls: [${Array(4).fill(`"turn:${'a'.repeat(190)}"`)}] }] }`,
    'media.turn',
    'expected addresses and usernames of at most 1500 characters in all, found 1566',
  ],
  ['TLS port alone', 'sip: { tlsPort: 5061 }', 'sip.tlsPort', 'expected sip.tls: { cert, key } beside it'],
  [
    'TLS where TCP is',
    'sip: { port: 5061, tlsPort: 5061, tls: { cert: a.pem, key: a.key } }',
    'sip.tlsPort',
    'expected another port than sip.port (5061)',
  ],
  ['HTTP where SIP is', 'http: { port: 5060 }', 'http.port', 'expected another port than sip.port (5060)'],
  [
    'HTTP where TLS is',
    'http: { port: 5061 }\nsip: { tlsPort: 5061, tls: { cert: a.pem, key: a.key } }',
    'http.port',
    'expected another port than sip.tlsPort (5061)',
  ],
  [
    'WebRTC where SIP is',
    'media: { webrtcPort: 5060 }',
    'media.webrtcPort',
    'expected another port than sip.port (5060)',
  ],
  [
    'WebRTC of a second process where SIP is',
    'media: { webrtcPort: 5059, processes: 2 }',
    'media.webrtcPort',
    'expected another port than sip.port (5060)',
  ],
  ['TLS half', 'sip: { tls: { cert: a.pem } }', 'sip.tls.key', 'is missing: it has no default'],
  ...(['20001-30000', '20000', '30000-20000', '80-90', '20000-99999', '20000-20000'] as const).map(
    (range): [string, string, string, string] => [
      `RTP ports ${range}`,
      `media: { rtpPorts: "${range}" }`,
      'media.rtpPorts',
      `expected two ports "from-to" from 1024 to 65535, the first even, at least 2 ports, found "${range}"`,
    ],
  ),
  [
    'SIP port among RTP ports',
    'sip: { port: 20500 }',
    'sip.port',
    'expected a port outside media.rtpPorts (20000-29999), found 20500',
  ],
  [
    'processes',
    'media: { processes: 0 }',
    'media.processes',
    'expected auto or a whole number from 1 to 256, found a number',
  ],
  [
    'sockets that are not there',
    'media: { sockets: epoll }',
    'media.sockets',
    'expected one of auto, uring, dgram, found "epoll"',
  ],
  ['near miss of sockets', 'media: { socket: auto }', 'media.socket', 'unknown key; did you mean "sockets"?'],
  ['store', 'store: mysql', 'store', 'expected sqlite, found other text'],
  ['truth value', 'sandbox: maybe', 'sandbox', 'expected one of auto, on, off, found "maybe"'],
  [
    'duration without unit',
    'limits: { pinLockout: 900 }',
    'limits.pinLockout',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1s to 366d, found 900',
  ],
  [
    'list expected',
    'organizations: { id: 3 }',
    'organizations',
    'expected a list ("- " before the first key of each), found a section',
  ],
  ['no id', 'organizations: [{ name: x }]', 'organizations[0].id', 'is missing: it has no default'],
  [
    'prefix as number',
    'organizations: [{ id: 3, prefix: 0003 }]',
    'organizations[0].prefix',
    'expected the prefix as text (numbers that people dial are strings), found a number; write "0003"',
  ],
  [
    'extension as number',
    inExtensions('number: 15000'),
    `${user}.extensions[0].number`,
    'expected the extension number as text (numbers that people dial are strings), found a number; write "15000"',
  ],
  [
    'extension with letters',
    inExtensions('number: "15a"'),
    `${user}.extensions[0].number`,
    'expected the extension number: digits, found "15a"',
  ],
  [
    'kind of extension',
    inExtensions('number: "1", type: fax'),
    `${user}.extensions[0].type`,
    'expected one of terminal, conference, callback, found "fax"',
  ],
  [
    'SIP password of a callback extension',
    inExtensions('number: "1", type: callback, sipPassword: x'),
    `${user}.extensions[0].sipPassword`,
    'unknown key; expected one of number, callerId, type',
  ],
  [
    'password on a conference',
    inExtensions('number: "1", type: conference, sipPassword: x'),
    `${user}.extensions[0].sipPassword`,
    'unknown key; expected one of number, callerId, publicNumbers, type, conferences',
  ],
  [
    'caller ID',
    inExtensions('number: "1", callerId: "<x>"'),
    `${user}.extensions[0].callerId`,
    'expected a caller ID such as "Jane Doe <15000>", found "<x>"',
  ],
  [
    'public number as number',
    inExtensions('number: "1", publicNumbers: [3235550100]'),
    `${user}.extensions[0].publicNumbers[0]`,
    'expected a public number as text (numbers that people dial are strings), found a number; write "3235550100"',
  ],
  [
    'role',
    inUser('roles: [boss]'),
    `${user}.roles[0]`,
    'expected one of agent, supervisor, administrator, operator, found "boss"',
  ],
  ['login', inUser('login: "a b"'), `${user}.login`, 'expected a login name, found "a b"'],
  [
    'room size',
    inConference('roomSize: 0'),
    `${conference}.roomSize`,
    'expected a whole number from 1 to 10000, found 0',
  ],
  [
    'truth value as text',
    inConference('entryTone: "yes"'),
    `${conference}.entryTone`,
    'expected true or false, found "yes"',
  ],
  [
    'schedule',
    inConference('schedule: sometimes'),
    `${conference}.schedule`,
    'expected anytime or { start, duration, timeZone, repeat }, found "sometimes"',
  ],
  [
    'no such day',
    inConference('schedule: { start: "2026-02-30T09:00", duration: 1h }'),
    `${conference}.schedule.start`,
    'expected a date and time in the conference\'s time zone such as "2026-01-05T09:00", found "2026-02-30T09:00"',
  ],
  [
    'no such zone',
    inConference('schedule: { start: "2026-02-03T09:00", duration: 1h, timeZone: Mars/Olympus }'),
    `${conference}.schedule.timeZone`,
    'expected a time zone such as Europe/Berlin or UTC, found "Mars/Olympus"',
  ],
  [
    'longer than its period',
    inConference('schedule: { start: "2026-02-03T09:00", duration: 25h, repeat: daily }'),
    `${conference}.schedule.duration`,
    'expected at most 1d when repeat is daily, found more',
  ],
  [
    'regular expression',
    'dialPlan: [{ match: "(", trunk: a }]',
    'dialPlan[0].match',
    'expected a regular expression, found "("',
  ],
  [
    'unknown trunk',
    'trunks: [{ name: a, uri: "sip:a" }]\ndialPlan: [{ match: ".", trunk: b }]',
    'dialPlan[0].trunk',
    'expected the name of a trunk (a), found "b"',
  ],
  [
    'no trunk at all',
    'sandbox: off\ndialPlan: [{ match: ".", trunk: b }]',
    'dialPlan[0].trunk',
    'expected the name of a trunk (there are none), found "b"',
  ],
  [
    'trunk address',
    'trunks: [{ name: a, uri: "http://a" }]',
    'trunks[0].uri',
    'expected a SIP address such as "sip:127.0.0.1:5080;transport=udp", found "http://a"',
  ],
  [
    'one trunk address of several',
    'trunks: [{ name: a, uri: ["sip:a", "sip:x@a"] }]',
    'trunks[0].uri[1]',
    'expected a SIP address such as "sip:127.0.0.1:5080;transport=udp", found "sip:x@a"',
  ],
  [
    'no trunk address',
    'trunks: [{ name: a, uri: [] }]',
    'trunks[0].uri',
    'expected 1 to 8 SIP addresses, found a list of 0',
  ],
  [
    'a name as source address',
    'trunks: [{ name: a, uri: "sip:a", addresses: [sip.example.test] }]',
    'trunks[0].addresses[0]',
    'expected an IP address, found "sip.example.test"',
  ],
  [
    'registration without credentials',
    'trunks: [{ name: a, uri: "sip:a", username: u, register: true }]',
    'trunks[0].register',
    'expected username and password beside it',
  ],
  [
    'half of inbound',
    'trunks: [{ name: a, uri: "sip:a", inbound: { username: u } }]',
    'trunks[0].inbound.password',
    'is missing: it has no default',
  ],
  [
    'the username of a phone for a trunk',
    `${inExtensions('number: "15000"')}\ntrunks: [{ name: a, uri: "sip:a", inbound: { username: "0003*15000", password: x } }]`,
    'trunks[0].inbound.username',
    'expected a username that is not that of a phone, found "0003*15000"',
  ],
  [
    'health interval',
    'trunks: [{ name: a, uri: "sip:a", options: never }]',
    'trunks[0].options',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1s to 1d, or off, found "never"',
  ],
  [
    'reliable provisional answers',
    'trunks: [{ name: a, uri: "sip:a", prack: always }]',
    'trunks[0].prack',
    'expected one of supported, required, off, found "always"',
  ],
  [
    'failover too fast',
    'trunks: [{ name: a, uri: "sip:a", failover: 10ms }]',
    'trunks[0].failover',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 500ms to 1m, found "10ms"',
  ],
  [
    'a trunk with the name of the carrier in the box',
    'sandbox: on\ntrunks: [{ name: sandbox, uri: "sip:a" }]',
    'trunks[0].name',
    'expected another name than that of the carrier in the box (sandbox: on)',
  ],
  [
    'a row to the carrier in the box that is not there',
    'trunks: [{ name: a, uri: "sip:a" }]\ndialPlan: [{ match: ".", trunk: sandbox }]',
    'dialPlan[0].trunk',
    'expected the name of a trunk (a), found "sandbox"',
  ],
  [
    'a pattern of the lists',
    'limits: { dialOutDeny: ["^00", "["] }',
    'limits.dialOutDeny[1]',
    'expected a regular expression, found "["',
  ],
  [
    'a bound that is no number',
    'limits: { dialOutPerUserConcurrent: none }',
    'limits.dialOutPerUserConcurrent',
    'expected a whole number from 0 to 1000000, found "none"',
  ],
  [
    'silence that is shorter than a keep-alive',
    'limits: { silence: 5s }',
    'limits.silence',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1m to 366d, or off, found "5s"',
  ],
  [
    'status of an expired token',
    'unifiedApi: { expiredTokenStatus: 500 }',
    'unifiedApi.expiredTokenStatus',
    'expected 401 or 403, found 500',
  ],
  [
    'an origin with a path',
    'http: { origins: ["https://desk.example.test/app"] }',
    'http.origins[0]',
    'expected an origin: scheme, host and port if it is not the usual one, such as https://desk.example.test, found "https://desk.example.test/app"',
  ],
  [
    'an origin that is none',
    'http: { origins: ["*"] }',
    'http.origins[0]',
    'expected an origin: scheme, host and port if it is not the usual one, such as https://desk.example.test, found "*"',
  ],
  [
    'tokens of sessions neither on nor off',
    'webServices: { csrf: maybe }',
    'webServices.csrf',
    'expected true or false, found "maybe"',
  ],
  [
    'a session that is over at once',
    'webServices: { sessionIdle: 5s }',
    'webServices.sessionIdle',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1m to 30d, found "5s"',
  ],
  [
    'a state that no agent is in after a login',
    'webServices: { stateAfterLogin: Offline }',
    'webServices.stateAfterLogin',
    'expected one of Ready, NotReady, LoggedIn, found "Offline"',
  ],
  [
    'a state of agents by a name that is taken',
    'webServices: { agentStates: [{ operationName: Ready, displayName: Really ready }] }',
    'webServices.agentStates',
    'expected names that no other state or operation has, found "Ready" once more',
  ],
  [
    'a state of agents that cannot be asked for',
    'webServices: { agentStates: [{ operationName: lunch break, displayName: Lunch }] }',
    'webServices.agentStates[0].operationName',
    'expected a name of letters and digits, found "lunch break"',
  ],
  [
    'patience with webhooks',
    'webhooks: { giveUpAfter: 24 }',
    'webhooks.giveUpAfter',
    'expected a duration with a unit (ms, s, m, h, d) such as 25s, from 1s to 366d, found 24',
  ],
];

/** Duplicates, each at its second place. */
const twice: [name: string, text: string, path: string, expected: string][] = [
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
  for (const [name, text, path, expected] of [...bad, ...twice]) {
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
