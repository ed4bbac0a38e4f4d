import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../base/secret.ts';
import type { Caller } from '../call/ports.ts';
import { type Trunk, trunkTo, usualWebhookFormat as webhookFormat } from './records.ts';
import { wantsSandboxTrunk } from './sandbox-trunk.ts';
import {
  callback,
  conferenceWith,
  directoryOf,
  organizationWith,
  phone,
  rooms,
} from './testing/virtual-organizations.ts';

const basics = { login: null, password: null, lastName: '', roles: [], features: [] } as const;
const options = {
  organizations: [
    {
      ...organizationWith(3, []),
      users: [
        {
          ...basics,
          id: 12,
          login: 'jane@x.test',
          firstName: 'Jane',
          roles: ['administrator'] as const,
          features: ['api-voice'],
          extensions: [
            phone('15000', { publicNumbers: ['3235550199'] }),
            callback('300'),
            rooms('211', {
              conferences: [
                conferenceWith('3', { meetingId: '2113', participantPin: new Secret('2233') }),
                conferenceWith('4', { meetingId: '2114' }),
              ],
            }),
          ],
        },
        { ...basics, id: 13, firstName: 'Joe', extensions: [phone('15001')] },
      ],
      apps: [
        {
          key: 'demo',
          secret: new Secret('s3cret-app'),
          user: 12,
          trusted: true,
          enabled: true,
          redirectUris: ['https://a.test/'],
          webhookFormat,
          webhookSecret: null,
        },
      ],
    },
    organizationWith(4, [phone('15000')]),
  ],
  trunks: null,
  dialPlan: null,
};

describe('what interfaces ask', () => {
  test('organizations and users', async () => {
    const { directory } = await directoryOf(options);
    assert.deepEqual(directory.organization('3'), { id: '3', name: 'Organization 3', prefix: '0003' });
    for (const id of ['5', '03', '3.0', ' 3', '', 'x']) assert.equal(directory.organization(id), null, id);
    assert.deepEqual(directory.user('3', 12), {
      organizationId: '3',
      id: 12,
      login: 'jane@x.test',
      firstName: 'Jane',
      lastName: '',
      roles: ['administrator'],
      features: ['api-voice'],
      account: '3-12',
    });
    assert.equal(directory.user('4', 12), null, 'a user of another organization');
    assert.equal(directory.user('3', Number.NaN), null);
  });

  test('extensions by short and extended number, of one organization only', async () => {
    const { directory } = await directoryOf(options);
    const found = (organizationId: string, number: string) => directory.extensionOf(organizationId, number)?.id ?? null;
    const table: [organizationId: string, number: string, id: string | null][] = [
      ['3', '15000', '3-15000'],
      ['3', '0003*15000', '3-15000'],
      ['3', '211', '3-211'],
      ['3', '0003*300', '3-300'],
      ['4', '15000', '4-15000'],
      ['4', '0004*15000', '4-15000'],
      ['4', '0003*15000', null],
      ['4', '211', null],
      ['5', '15000', null],
      ['3', '0003*', null],
      ['3', '0003*0003*15000', null],
      ['3', '*15000', null],
      ['3', '211*3', null],
      ['3', '3235550199', null],
      ['3', '@self', null],
      ['3', '', null],
    ];
    for (const [organizationId, number, id] of table) assert.equal(found(organizationId, number), id, number);
  });

  test('what they are like, by type', async () => {
    const { directory } = await directoryOf(options);
    const terminal = { kind: 'extension', organizationId: '3', extensionId: '3-15000', number: '15000' };
    assert.deepEqual(directory.extensionById('3-15000'), {
      id: '3-15000',
      organizationId: '3',
      userId: 12,
      number: '15000',
      extendedNumber: '0003*15000',
      type: 'terminal',
      callerId: { name: 'Phone 15000', number: '15000' },
      publicNumbers: ['3235550199'],
      device: { ...terminal, name: 'Phone 15000' },
      aor: '0003*15000@sip.test',
    });
    const views = directory.extensionsOfUser('3', 12).map(({ id, type, device, aor }) => [id, type, device?.kind, aor]);
    assert.deepEqual(views, [
      ['3-15000', 'terminal', 'extension', '0003*15000@sip.test'],
      ['3-300', 'callback', undefined, null],
      ['3-211', 'conference', 'conference', null],
    ]);
    assert.deepEqual(directory.extensionsOfUser('3', 99), []);
    assert.equal(directory.extensionById('3-9'), null);
    assert.deepEqual(directory.conferencesOf('3-211'), [
      { id: '3-211-3', number: '3', name: 'Conference 3', hasPins: true },
      { id: '3-211-4', number: '4', name: 'Conference 4', hasPins: false },
    ]);
    assert.deepEqual(directory.conferencesOf('3-15000'), []);
  });

  test('apps, and whether a secret is theirs; it is never shown', async () => {
    const { directory } = await directoryOf(options);
    const app = directory.app('demo');
    assert.ok(app !== null);
    const { secretMatches, secretMark, ...facts } = app;
    const redirectUris = ['https://a.test/'];
    assert.deepEqual(facts, {
      key: 'demo',
      organizationId: '3',
      userId: 12,
      trusted: true,
      enabled: true,
      redirectUris,
      webhookFormat,
      webhookSecret: null,
    });
    assert.match(secretMark, /^[0-9a-f]{16}$/);
    assert.equal(secretMatches(new Secret('s3cret-app')), true);
    for (const wrong of ['', 's3cret-apq', 's3cret-app ', '***']) assert.equal(secretMatches(new Secret(wrong)), false);
    assert.ok(!(inspect(app, { depth: 9, showHidden: true }) + JSON.stringify(app)).includes('s3cret-app'));
    assert.equal(directory.app('Demo'), null);
    assert.deepEqual(directory.appsOf('3'), [app]);
    assert.deepEqual(directory.appsOf('4'), []);
  });

  test('the mark of an app is another for every key and secret, and the same at every start', async () => {
    const mark = async (key: string, secret: string) => {
      const [first, ...others] = options.organizations ?? [];
      const app = {
        key,
        secret: new Secret(secret),
        user: 12,
        trusted: true,
        enabled: true,
        redirectUris: [],
        webhookFormat,
        webhookSecret: null,
      };
      const { directory } = await directoryOf({ ...options, organizations: [{ ...first!, apps: [app] }, ...others] });
      return directory.app(key)?.secretMark;
    };
    const marks = [await mark('a', 'x'), await mark('a', 'y'), await mark('b', 'x')];
    assert.equal(new Set(marks).size, 3);
    assert.equal(await mark('a', 'x'), marks[0]);
  });
});

describe('trunks', () => {
  const inbound = { username: 'them', password: new Secret('s3cret-in') };
  const carrier = trunkTo('carrier', 'sip:192.0.2.1', { inbound });

  test('a carrier that proves itself has an account that is no extension', async () => {
    const { directory } = await directoryOf({ ...options, trunks: [trunkTo('other', 'sip:192.0.2.2'), carrier] });
    const account = directory.credentials('them');
    assert.equal(account?.extensionId, 'trunk:carrier');
    assert.equal(account.ha1.md5, createHash('md5').update('them:sip.test:s3cret-in').digest('hex'));
    for (const username of ['Them', 'carrier', 'trunk:carrier', '']) {
      assert.equal(directory.credentials(username), null);
    }
    assert.equal(directory.aorOf(account.extensionId, 'them'), null, 'it cannot register');
    assert.equal(directory.callerOf(account.extensionId), null, 'it calls as no extension');
  });

  const inside: Caller = { kind: 'extension', organizationId: '3', extensionId: '3-15000', number: '15000', name: '' };

  test('the carrier in the box: a trunk and a dial plan where there is none, whatever is applied later', async () => {
    const { directory, records } = await directoryOf(options);
    assert.equal(directory.route('3235742879', inside).kind, 'refused');
    directory.useSandboxTrunk('sip:127.0.0.1:49999');
    const expected = { kind: 'trunk', trunk: 'sandbox', number: '3235742879', account: '3-12' };
    assert.deepEqual(directory.route('3235742879', inside), expected);
    directory.replace(records);
    assert.deepEqual(directory.route('323-574-2879', inside), expected);
    assert.deepEqual(
      directory.trunks.map(({ name, uri }) => [name, uri]),
      [['sandbox', 'sip:127.0.0.1:49999']],
    );
    assert.equal(directory.route('+'.padEnd(17, '1'), inside).kind, 'refused', '16 digits are none of its numbers');
    assert.deepEqual(records.trunks, [], 'nothing is stored');
  });

  test('the carrier in the box beside a dial plan of our own, and instead of a stored trunk of its name', async () => {
    const trunks = [trunkTo('carrier', 'sip:192.0.2.1'), trunkTo('sandbox', 'sip:192.0.2.9')];
    const dialPlan = [
      { match: '^555', trunk: 'sandbox', strip: 0, prepend: '' },
      { match: '^[0-9]{7}$', trunk: 'carrier', strip: 0, prepend: '' },
    ];
    const { directory } = await directoryOf({ ...options, trunks, dialPlan });
    directory.useSandboxTrunk('sip:127.0.0.1:49999');
    const trunkOf = (dialled: string) => {
      const route = directory.route(dialled, inside);
      return route.kind === 'trunk' ? route.trunk : null;
    };
    assert.deepEqual([trunkOf('5550100'), trunkOf('7000000'), trunkOf('3235742879')], ['sandbox', 'carrier', null]);
    const found = directory.trunks.filter(({ name }) => name === 'sandbox').map(({ uri }) => uri);
    assert.deepEqual(found, ['sip:127.0.0.1:49999']);
  });

  test('when it is to run', () => {
    const some: Trunk[] = [carrier];
    const wanted = (['auto', 'on', 'off'] as const).map((sandbox) => [
      wantsSandboxTrunk(sandbox, []),
      wantsSandboxTrunk(sandbox, some),
    ]);
    assert.deepEqual(wanted, [
      [true, false],
      [true, true],
      [false, false],
    ]);
  });
});
