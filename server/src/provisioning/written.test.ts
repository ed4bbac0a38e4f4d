import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { parseConfig } from '../config/load-config.ts';
import { PasswordHasher } from '../directory/password.ts';
import { recordsAtOnce } from '../directory/provision.ts';
import { type AnyRecord, eachOf, noRecords, organizationIdOf, refOf } from '../directory/records.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { same } from './change-events.ts';
import { merged, revealed, shown, writtenLimits, writtenOf, writtenRule } from './written.ts';

/** What is stored, written as a file again, and read again, is what was stored; whatever the file was. */
function someFile(random: SeededRandom): object {
  const maybe = <Value>(value: Value, other: Value | undefined = undefined) => (random.int(2) === 0 ? value : other);
  const one = (...values: readonly unknown[]) => values[random.int(values.length)];
  const text = () => one('Zoë', 'a "b" c', "it's", '#1: x', '0012', 'null', '- x', 'ß', 'x'.repeat(40));
  const organizations = Array.from({ length: 1 + random.int(3) }, (_, at) => ({
    id: at + 1,
    name: maybe(text()),
    prefix: maybe(`9${at}`),
    users: Array.from({ length: random.int(4) }, (_, user) => ({
      id: user + 1,
      login: maybe(`u${at}-${user}`),
      firstName: maybe(text()),
      roles: maybe([one('agent', 'supervisor', 'administrator')]),
      features: maybe(['api-voice']),
      extensions: Array.from({ length: random.int(3) }, (_, extension) => {
        const number = `${user + 1}${extension}00`;
        const type = one('terminal', 'conference', 'callback');
        const basic = { number, type, callerId: maybe(`Somebody <${number}>`, number) };
        if (type === 'callback') return basic;
        if (type === 'terminal') return { ...basic, sipPassword: maybe('a-secret'), sipDigest: one('MD5', 'SHA-256') };
        return {
          ...basic,
          publicNumbers: maybe([`+32355501${at}${user}${extension}`]),
          conferences: Array.from({ length: random.int(3) }, (_, conference) => ({
            number: one(conference + 1, `00${conference + 1}`),
            meetingId: `7${at}${user}${extension}${conference}`,
            participantPin: maybe('0012'),
            moderatorPin: maybe('9911'),
            roomSize: 1 + random.int(500),
            record: one('never', 'choice', 'always'),
            entryTone: maybe(false),
            schedule: one('anytime', {
              start: '2026-01-05T09:00',
              duration: one('90m', '1h', '61s', '1d'),
              timeZone: one('UTC', 'Europe/Berlin'),
              repeat: one('never', 'weekly'),
            }),
          })),
        };
      }),
    })),
  }));
  const apps = [
    { key: 'app', secret: 's', user: 1, redirectUris: maybe(['https://a.test/']), webhooks: { callFlow: 'lower' } },
  ];
  const [first] = organizations;
  const trunks = [
    { name: 'a', uri: one('sip:a.test', ['sip:a.test', 'sip:b.test']), options: one('off', '31s') },
    {
      name: 'b',
      uri: 'sip:b.test',
      inbound: { username: 'in', password: 'p' },
      username: 'u',
      password: 'q',
      register: true,
    },
  ];
  return {
    organizations: first!.users.length > 0 ? [{ ...first, apps }, ...organizations.slice(1)] : organizations,
    trunks,
    dialPlan: [{ match: '^\\+?1', trunk: 'a', strip: random.int(3), prepend: maybe('+') }],
    limits: { pinLockout: one('1h30m', '90s'), silence: one('off', '2m'), dialOutDeny: maybe(['^1900']) },
  };
}

test('file → store → file comes to the same', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'partyline-written-'));
    try {
      const hasher = new PasswordHasher({ random });
      const read = (text: string) => {
        const config = parseConfig('partyline.yaml', text, folder, 1);
        return { config, records: recordsAtOnce(config, { ...noRecords, dialPlan: [] }, 'localhost', hasher).records };
      };
      const { config, records } = read(stringify(someFile(random)));
      const store = await openSqliteStore({ folder, clock: new VirtualClock() });
      await store.directory.apply(records);
      const stored = await store.directory.load();
      await store.close();
      const again = {
        organizations: stored.organizations.map((organization) => nested(eachOf(stored), organization.id)),
        trunks: stored.trunks.map((record) => revealed(writtenOf({ kind: 'trunk', record }))),
        dialPlan: stored.dialPlan.map(writtenRule),
        limits: writtenLimits(config.limits),
      };
      const second = read(stringify(again));
      const plain = ({ sip: _hash, ...rest }: { sip?: unknown }) => rest;
      const all = (of: typeof records) =>
        eachOf(of)
          .map(({ record }) => plain(record as object))
          .sort(byText);
      assert.ok(same(all(second.records), all(records)), `seed ${seed}\n${stringify(again)}`);
      assert.deepEqual(
        [second.config.limits, second.records.dialPlan],
        [config.limits, records.dialPlan],
        `seed ${seed}`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** An organization as the file has it. */
function nested(all: readonly AnyRecord[], id: number): object {
  const mine = all.filter((one) => organizationIdOf(one) === id);
  const of = (kind: AnyRecord['kind'], within: (one: AnyRecord) => boolean = () => true) =>
    mine.filter((one) => one.kind === kind && within(one));
  const plain = (one: AnyRecord) => revealed(writtenOf(one)) as object;
  const users = of('user').map((user) => ({
    ...plain(user),
    extensions: of(
      'extension',
      ({ record }) => `${id}-${(record as { userId: number }).userId}` === refOf(user).id,
    ).map((extension) => ({
      ...plain(extension),
      ...((extension.record as { type: string }).type === 'conference' && {
        conferences: of('conference', ({ record }) => {
          return (record as { extensionId: string }).extensionId === refOf(extension).id;
        }).map(plain),
      }),
    })),
  }));
  return { ...plain(of('organization')[0]!), users, apps: of('app').map(plain) };
}

test('a merge patch is RFC 7396', () => {
  // The examples of its appendix A.
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) assert.deepEqual(merged(target, patch), result, JSON.stringify(patch));
  const hostile = JSON.parse('{"__proto__":{"polluted":true}}');
  merged({}, hostile);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('secrets are shown as that they are there', () => {
  const trunk = { name: 'a', password: null, inbound: { username: 'u', password: null } };
  assert.deepEqual(shown(trunk), { name: 'a', hasPassword: false, inbound: { username: 'u', hasPassword: false } });
});
