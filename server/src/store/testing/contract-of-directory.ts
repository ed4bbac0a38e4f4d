import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import {
  type ConferenceRecord,
  type DirectoryRecords,
  type RecordsToApply,
  trunkTo,
  usualWebhookFormat,
} from '../../directory/records.ts';
import type { OpenStore } from './contract-places.ts';

export function directoryContract(open: OpenStore): void {
  test('the directory comes back as it was applied; twice is once; what is not named is kept', async () => {
    const { store, place } = await open();
    await store.directory.apply(directory);
    await store.directory.apply(directory);
    assert.deepEqual(plain(await store.directory.load()), plain(directory as DirectoryRecords));
    const other = { id: 4, name: 'Other', prefix: '0004' };
    const nothing = { organizations: [], users: [], extensions: [], conferences: [], apps: [], trunks: [] };
    await store.directory.apply({ ...nothing, organizations: [other], dialPlan: null });
    await store.close();
    const again = await place.open();
    const kept = await again.directory.load();
    assert.deepEqual(plain(kept), plain({ ...directory, organizations: [...directory.organizations, other] }));
    assert.equal(kept.conferences[0]?.participantPin?.reveal(), '2233');
    assert.equal(String(kept.conferences[0]?.participantPin), '***');
    await again.directory.savePasswordHash(3, 13, 'scrypt$2');
    await again.directory.savePasswordHash(3, 99, 'scrypt$3');
    assert.deepEqual(
      (await again.directory.load()).users.map((user) => user.passwordHash),
      ['scrypt$1', 'scrypt$2'],
    );
    await again.directory.apply({ ...nothing, dialPlan: [] });
    assert.deepEqual((await again.directory.load()).dialPlan, []);
    await again.close();
  });

  test('wrong PINs are kept until they are forgiven', async () => {
    const { store, place } = await open();
    const one = { conferenceId: '3-211-3', callerKey: 'x', failures: 2, lastAt: 5, lockedUntil: 0 };
    const all = { ...one, callerKey: null, failures: 9 };
    await store.directory.saveLockout({ ...one, failures: 1 });
    await store.directory.saveLockout(one);
    await store.directory.saveLockout(all);
    await store.close();
    const again = await place.open();
    const byFailures = (await again.directory.lockouts()).sort((a, b) => a.failures - b.failures);
    assert.deepEqual(byFailures, [one, all]);
    await again.directory.saveLockout({ ...one, failures: 0 });
    assert.deepEqual(await again.directory.lockouts(), [all]);
    await again.close();
  });
}

const conference: ConferenceRecord = {
  id: '3-211-3',
  extensionId: '3-211',
  number: '3',
  meetingId: '2113',
  name: 'Weekly',
  participantPin: new Secret('2233'),
  moderatorPin: null,
  roomSize: 50,
  schedule: { start: '2026-01-05T09:00', durationMs: 3_600_000, timeZone: 'Europe/Berlin', repeat: 'weekly' },
  record: 'choice',
  musicWhileAlone: true,
  waitForModerator: false,
  closeWhenModeratorsLeave: true,
  announceCount: false,
  entryTone: true,
  recordTone: true,
};

const ha1 = { md5: '0'.repeat(32), sha256: '1'.repeat(64) };

const directory: RecordsToApply = {
  organizations: [{ id: 3, name: 'Default', prefix: '0003' }],
  users: [
    {
      organizationId: 3,
      id: 12,
      login: 'jane@example.test',
      passwordHash: 'scrypt$1',
      firstName: 'Jane',
      lastName: 'Doe',
      roles: ['agent', 'administrator'],
      features: ['api-voice'],
    },
    {
      organizationId: 3,
      id: 13,
      login: null,
      passwordHash: null,
      firstName: '',
      lastName: '',
      roles: [],
      features: [],
    },
  ],
  extensions: [
    {
      id: '3-15000',
      organizationId: 3,
      userId: 12,
      number: '15000',
      type: 'terminal',
      callerId: { name: 'Jane Doe', number: '15000' },
      publicNumbers: [],
      sip: { realm: 'localhost', algorithm: 'SHA-256', short: ha1, extended: ha1 },
    },
    {
      id: '3-211',
      organizationId: 3,
      userId: 12,
      number: '211',
      type: 'conference',
      callerId: { name: 'Weekly', number: '211' },
      publicNumbers: ['3235550100'],
      sip: null,
    },
  ],
  conferences: [conference],
  apps: [
    {
      organizationId: 3,
      key: 'demo',
      secret: new Secret('s'),
      user: 12,
      trusted: true,
      enabled: true,
      redirectUris: ['https://x.test/'],
      webhookFormat: { callFlow: 'lower', callStatus: 'upper', hangupStatus: 'full' },
      webhookSecret: new Secret('whsec_x'),
    },
    {
      organizationId: 3,
      key: 'off',
      secret: new Secret('t'),
      user: 12,
      trusted: false,
      enabled: false,
      redirectUris: [],
      webhookFormat: usualWebhookFormat,
      webhookSecret: null,
    },
  ],
  trunks: [
    trunkTo('carrier', 'sip:127.0.0.1:5080', {
      uris: ['sip:127.0.0.1:5080', 'sips:b.test'],
      addresses: ['192.0.2.7', '2001:db8::7'],
      username: 'u',
      password: new Secret('p'),
      inbound: { username: 'in', password: new Secret('q') },
      register: true,
      registerExpiresMs: 61_000,
      optionsMs: null,
      prack: 'required',
      failoverMs: 1234,
    }),
    trunkTo('other', 'sip:127.0.0.1:5081'),
  ],
  dialPlan: [
    { match: '^1', trunk: 'carrier', strip: 1, prepend: '+' },
    { match: '.', trunk: 'other', strip: 0, prepend: '' },
  ],
};

/** With Secrets as their text, so that they are compared too, and without prototypes. */
function plain(records: DirectoryRecords | RecordsToApply): unknown {
  return JSON.parse(
    JSON.stringify(records, function (this: Record<string, unknown>, key, value) {
      const original = this[key];
      return original instanceof Secret ? `secret ${original.reveal()}` : value;
    }),
  );
}
