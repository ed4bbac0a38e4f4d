/** Text of a file → path of the mistake and what is said about it. */
export type Mistake = readonly [name: string, text: string, path: string, expected: string];

export const inUser = (rest: string) => `organizations: [{ id: 3, users: [{ id: 12, ${rest} }] }]`;
export const inExtensions = (...extensions: string[]) =>
  inUser(`extensions: [${extensions.map((e) => `{ ${e} }`).join(', ')}]`);
export const inConference = (rest: string) =>
  inExtensions(`number: "9", type: conference, conferences: [{ number: 1, ${rest} }]`);
export const user = 'organizations[0].users[0]';
export const conference = `${user}.extensions[0].conferences[0]`;

/** In organizations, trunks and the dial plan. */
export const directoryMistakes: readonly Mistake[] = [
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
    'carrier by TLS',
    'trunks: [{ name: a, uri: "sips:a.test:5061" }]',
    'trunks[0].uri',
    'expected a SIP address by UDP or TCP, as no carrier is called by TLS or WebSocket, found "sips:a.test:5061"',
  ],
  [
    'carrier by TLS, in a parameter',
    'trunks: [{ name: a, uri: "sip:a.test;lr;transport=TLS" }]',
    'trunks[0].uri',
    'expected a SIP address by UDP or TCP, as no carrier is called by TLS or WebSocket, found "sip:a.test;lr;transport=TLS"',
  ],
  [
    'carrier by WebSocket',
    'trunks: [{ name: a, uri: "sip:a.test;transport=ws;lr" }]',
    'trunks[0].uri',
    'expected a SIP address by UDP or TCP, as no carrier is called by TLS or WebSocket, found "sip:a.test;transport=ws;lr"',
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
];
