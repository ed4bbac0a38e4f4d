import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../base/secret.ts';
import { trunkTo } from '../directory/records.ts';
import { ConfigError, WrongArgument } from './config-error.ts';
import { parseDuration } from './duration.ts';
import { loadConfig, parseConfig } from './load-config.ts';

/** The documentation's example: what is promised there must hold. */
const documentation = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(documentation)?.[1] ?? assert.fail('no example');

const parse = (text: string) => parseConfig('partyline.yaml', text, '/data', 4);

describe('a good file', () => {
  test('everything absent is the default, and the default is what the example writes', () => {
    const { organizations, trunks, dialPlan, writtenLimits, ...server } = parse(example);
    const { organizations: none, trunks: noTrunks, dialPlan: noPlan, writtenLimits: noLimits, ...defaults } = parse('');
    assert.deepEqual(server, defaults);
    // What the file says of limits is fixed by it, though it be the default.
    assert.ok(writtenLimits.includes('pinAttempts'));
    assert.deepEqual(noLimits, []);
    assert.deepEqual([none, noTrunks, noPlan], [null, null, null]);
    assert.deepEqual([organizations?.length, trunks?.length, dialPlan?.length], [1, 1, 1]);
    assert.equal(dialPlan?.[0]?.match, '^\\+?[0-9]{7,15}$');
    assert.equal(server.media.processes, 3);
    assert.equal(server.limits.pinLockoutMs, 900_000);
  });

  test('sizes', () => {
    const bytesOf = (size: string) => parse(`retention: { recordingsSize: ${size} }`).retention.recordingsBytes;
    assert.deepEqual(['50GB', '1 TB', '1MB', 'null'].map(bytesOf), [50e9, 1e12, 1e6, null]);
    const { retention } = parse('retention: { signallingSize: off, samplesSize: 5MB }');
    assert.deepEqual([retention.signallingBytes, retention.samplesBytes], [0, 5e6]);
  });

  test('names, caller IDs, meeting IDs and features come from their surroundings', () => {
    const text = `organizations: [{ id: 7, users: [{ id: 1, firstName: A, lastName: B, roles: [supervisor], extensions: [
      { number: "100" }, { number: "200", type: conference, conferences: [{ number: 5 }, { number: "07" }] } ] }] }]`;
    const [organization] = parse(text).organizations ?? [];
    assert.equal(organization?.name, 'Organization 7');
    assert.equal(organization.prefix, '0007');
    const [user] = organization.users;
    assert.deepEqual(user?.features, ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring']);
    const [phone, conferences] = user.extensions;
    assert.deepEqual(phone?.callerId, { name: 'A B', number: '100' });
    assert.ok(conferences?.type === 'conference');
    assert.deepEqual(
      conferences.conferences.map(({ number, meetingId, name, roomSize }) => [number, meetingId, name, roomSize]),
      [
        ['5', '2005', 'Conference 5', 50],
        ['07', '20007', 'Conference 07', 50],
      ],
    );
  });

  test('is frozen through and through', () => {
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || value instanceof Secret) return;
      assert.ok(Object.isFrozen(value), path);
      for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`);
    };
    walk(parse(example), 'config');
  });

  test('shows no secret however it is printed', () => {
    const printed = inspect(parse(example), { depth: 20 }) + JSON.stringify(parse(example));
    for (const secret of ['correct-horse', 's3cret', '2233', '9911', 'demo-secret']) {
      assert.ok(!printed.includes(secret), secret);
    }
  });

  test('a trunk as short as can be, and with everything', () => {
    const text = `
trunks:
  - { name: a, uri: "sip:a.test" }
  - name: b
    uri: ["sip:b.test:5061", "sip:192.0.2.1;transport=tcp;lr"]
    addresses: [192.0.2.7, "2001:db8::7"]
    username: us
    password: s3cret-out
    inbound: { username: them, password: s3cret-in }
    register: true
    registerExpires: 1h
    options: off
    prack: required
    failover: 1500ms
`;
    const [short, long] = parse(text).trunks ?? [];
    assert.deepEqual(short, trunkTo('a', 'sip:a.test'));
    assert.ok(long !== undefined && long.inbound !== null);
    assert.equal(long.password?.reveal(), 's3cret-out');
    assert.deepEqual([long.inbound.username, long.inbound.password.reveal()], ['them', 's3cret-in']);
    const { password, inbound, ...rest } = long;
    assert.deepEqual(rest, {
      name: 'b',
      uri: 'sip:b.test:5061',
      uris: ['sip:b.test:5061', 'sip:192.0.2.1;transport=tcp;lr'],
      addresses: ['192.0.2.7', '2001:db8::7'],
      username: 'us',
      register: true,
      registerExpiresMs: 3_600_000,
      optionsMs: null,
      prack: 'required',
      failoverMs: 1500,
    });
    assert.ok(!inspect(long, { depth: 9 }).includes('s3cret'));
  });

  test('limits of dialling out, webhooks, a callback extension, the carrier in the box in the dial plan', () => {
    const text = `
sandbox: on
limits: { dialOutPerUserPerMinute: 5, dialOutPerConferenceConcurrent: null, dialOutAllow: ["^\\\\+49"], dialOutDeny: ["^\\\\+49900"] }
webhooks: { giveUpAfter: 1h }
unifiedApi: { expiredTokenStatus: 403 }
dialPlan: [{ match: ".", trunk: sandbox }]
organizations: [{ id: 3, users: [{ id: 12, firstName: Jane, extensions: [{ number: "300", type: callback }] }] }]
`;
    const { limits, webhooks, unifiedApi, organizations, dialPlan } = parse(text);
    assert.deepEqual(
      [limits.dialOutPerUserPerMinute, limits.dialOutPerConferenceConcurrent, limits.dialOutPerConferencePerMinute],
      [5, null, null],
    );
    assert.equal(limits.silenceMs, null);
    assert.equal(parse('limits: { silence: 10m }').limits.silenceMs, 600_000);
    assert.equal(parse('limits: { silence: off }').limits.silenceMs, null);
    assert.deepEqual([limits.dialOutAllow, limits.dialOutDeny], [['^\\+49'], ['^\\+49900']]);
    assert.deepEqual(
      [webhooks, unifiedApi],
      [{ giveUpAfterMs: 3_600_000, allowPrivate: true, secretOverlapMs: 86_400_000 }, { expiredTokenStatus: 403 }],
    );
    const { http, webServices } = parse(
      'http: { origins: ["https://Desk.example.test", "http://localhost:5173"] }\nwebServices: { csrf: true, sessionIdle: 8h, stateAfterLogin: NotReady, agentStates: [{ operationName: Lunch, displayName: Lunch break }] }',
    );
    assert.deepEqual(http.origins, ['https://desk.example.test', 'http://localhost:5173']);
    const agentStates = [{ operationName: 'Lunch', displayName: 'Lunch break', workMode: null }];
    assert.deepEqual(webServices, { csrf: true, sessionIdleMs: 28_800_000, stateAfterLogin: 'NotReady', agentStates });
    assert.equal(dialPlan?.[0]?.trunk, 'sandbox');
    const callback = { number: '300', type: 'callback', callerId: { name: 'Jane', number: '300' }, publicNumbers: [] };
    assert.deepEqual(organizations?.[0]?.users[0]?.extensions, [callback]);
  });

  test('an app is enabled unless it says otherwise; its key may have what needs no escape in an address', () => {
    const apps = '[{ key: 5~2w-K.x_1, secret: s, user: 12 }, { key: off, secret: s, user: 12, enabled: false }]';
    const read = parse(`organizations: [{ id: 3, users: [{ id: 12 }], apps: ${apps} }]`);
    const [first, second] = read.organizations?.[0]?.apps ?? [];
    assert.deepEqual([first?.key, first?.enabled, second?.enabled], ['5~2w-K.x_1', true, false]);
  });

  test('a schedule, anchors, a section with nothing in it', () => {
    const text = `
http:
trunks: [ { name: a, uri: "sip:a.test" }, { name: b, uri: "sip:b.test:5061" } ]
organizations:
  - id: 1
    users:
      - id: 1
        extensions:
          - number: "9"
            type: conference
            conferences:
              - number: 1
                schedule: &weekly { start: "2026-01-05T09:00", duration: 1h30m, timeZone: Europe/Berlin, repeat: weekly }
              - { number: 2, schedule: *weekly }
`;
    const extension = parse(text).organizations?.[0]?.users[0]?.extensions[0];
    assert.ok(extension?.type === 'conference');
    const expected = { start: '2026-01-05T09:00', durationMs: 5_400_000, timeZone: 'Europe/Berlin', repeat: 'weekly' };
    for (const conference of extension.conferences) assert.deepEqual(conference.schedule, expected);
  });
});

test('durations', () => {
  const table: [string, number | null][] = [
    ['25s', 25_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['2d', 172_800_000],
    ['0s', 0],
    ['', null],
    ['25', null],
    ['25 s', null],
    ['-5s', null],
    ['1.5h', null],
    ['5y', null],
    ['99999d', null],
    ['1234567890s', null],
  ];
  for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
});

describe('where the file comes from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-config-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const load = (args: string[], env: Record<string, string> = {}) => loadConfig({ args, env, folder, cores: 2 });
  writeFileSync(join(folder, 'one.yaml'), 'http: { port: 1 }');
  writeFileSync(join(folder, 'two.yaml'), 'http: { port: 2 }');
  mkdirSync(join(folder, 'sub'));

  test('the command line, then the environment, then partyline.yaml, then nothing', () => {
    assert.equal(load([]).http.port, 8080);
    assert.equal(load([]).file, null);
    assert.equal(load([], { PARTYLINE_CONFIG: 'one.yaml' }).http.port, 1);
    assert.equal(load([], { PARTYLINE_CONFIG: '' }).http.port, 8080);
    assert.equal(load(['--config', 'two.yaml'], { PARTYLINE_CONFIG: 'one.yaml' }).http.port, 2);
    assert.equal(load(['--config=two.yaml']).file, 'two.yaml');
    writeFileSync(join(folder, 'partyline.yaml'), 'http: { port: 3 }');
    assert.equal(load([]).http.port, 3);
  });

  test('the data folder is absolute', () => {
    assert.equal(load([]).dataFolder, join(folder, 'data'));
    assert.equal(load([], { PARTYLINE_DATA: 'x' }).dataFolder, join(folder, 'x'));
    assert.equal(load([], { PARTYLINE_DATA: '/y' }).dataFolder, '/y');
  });

  test('a named file must be there; an unknown argument is a mistake', () => {
    const message = (args: string[], env?: Record<string, string>) => {
      try {
        load(args, env);
      } catch (error) {
        assert.ok(error instanceof ConfigError || error instanceof WrongArgument);
        return error.message;
      }
      return assert.fail('accepted');
    };
    assert.equal(
      message(['--config', 'no.yaml']),
      'no.yaml: expected a configuration file (named by --config), but there is none',
    );
    assert.equal(
      message([], { PARTYLINE_CONFIG: 'sub' }),
      'sub: expected a configuration file (named by PARTYLINE_CONFIG), but it is a folder',
    );
    const latin1 = Buffer.from('http: {}\nstore: M\u00fcller\n', 'latin1');
    for (const [bytes, line] of [
      [latin1, 2],
      [Buffer.from('\ufeffhttp: {}', 'utf16le'), 1],
    ] as const) {
      writeFileSync(join(folder, 'other.yaml'), bytes);
      assert.equal(
        message(['--config', 'other.yaml']),
        `other.yaml:${line}:1: not valid YAML: the text is not UTF-8: save it as that`,
      );
    }
    const readOn = 'partyline start --help says what it takes';
    for (const args of [['--config'], ['--config', ''], ['--config=']])
      assert.equal(message(args), `--config: expected a file behind it; ${readOn}`);
    assert.equal(message(['--port', '1']), `--port: unknown argument, expected --config FILE; ${readOn}`);
  });
});
