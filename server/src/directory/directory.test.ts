import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { SeededRandom } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { PasswordHasher } from './password.ts';
import { recordsOf } from './provision.ts';
import type { DirectoryRecords, ProvisionedOrganization, UserRole } from './records.ts';
import { sandboxOrganization } from './sandbox-organization.ts';
import { directoryOf, nothing, organizationWith, phone, rooms } from './testing/virtual-organizations.ts';

const rest = { trunks: null, dialPlan: null };
const organizations = [
  organizationWith(3, [
    phone('15000'),
    phone('15001', { sipDigest: 'SHA-256' }),
    phone('15002', { sipPassword: null }),
    rooms('211'),
  ]),
  organizationWith(4, [phone('15000'), phone('16000'), rooms('15001')]),
];

const here = '192.0.2.1';

test('the extensions of an organization, and none of another', async () => {
  const { directory } = await directoryOf({ organizations, ...rest });
  const idsOf = (organizationId: string) => Array.from(directory.extensionsOf(organizationId), ({ id }) => id);
  assert.deepEqual(idsOf('3'), ['3-15000', '3-15001', '3-15002', '3-211']);
  assert.deepEqual(idsOf('4'), ['4-15000', '4-16000', '4-15001']);
  assert.deepEqual(idsOf('5'), []);
});

describe('SIP accounts', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');

  test('by extended number, and by short number where it is one phone alone', async () => {
    const { directory } = await directoryOf({ organizations, ...rest });
    const extended = directory.credentials('0003*15000');
    assert.equal(extended?.extensionId, '3-15000');
    assert.equal(extended.username, '0003*15000');
    assert.equal(extended.ha1.md5, md5('0003*15000:sip.test:secret-15000'));
    assert.equal(extended.algorithm, 'MD5');
    assert.equal(directory.credentials('0004*15000')?.extensionId, '4-15000');
    assert.equal(directory.credentials('15000'), null, 'two organizations have it');
    const short = directory.credentials('16000');
    assert.equal(short?.extensionId, '4-16000');
    assert.equal(short.ha1.md5, md5('16000:sip.test:secret-16000'));
    assert.equal(directory.credentials('15001')?.algorithm, 'SHA-256', 'a conference of the same number is no phone');
  });

  test('nobody else', async () => {
    const { directory } = await directoryOf({ organizations, ...rest });
    for (const username of [
      '15002',
      '211',
      '0003*211',
      '0005*15000',
      '',
      'jane',
      '16000*',
      '16000#',
      '1-6000',
      '16000*1',
      '*',
      '+16000',
    ]) {
      assert.equal(directory.credentials(username), null, username);
    }
  });

  test('not when the password was hashed for another domain', async () => {
    const { directory } = await directoryOf({ organizations, ...rest }, { domain: 'new.test' });
    assert.equal(directory.credentials('16000'), null);
  });

  test('register under their own number only, short or extended, as one', async () => {
    const { directory } = await directoryOf({ organizations, ...rest });
    assert.equal(directory.aorOf('3-15000', '15000'), '0003*15000@sip.test');
    assert.equal(directory.aorOf('3-15000', '0003*15000'), '0003*15000@sip.test');
    for (const user of ['15001', '0004*15000', '', null]) assert.equal(directory.aorOf('3-15000', user), null);
    assert.equal(directory.aorOf('3-211', '211'), null);
    assert.equal(directory.aorOf('9-9', '9'), null);
  });

  test('what a registration is known by changes with the extension and its password, and with nothing else', async () => {
    const markOf = async (phones: Parameters<typeof organizationWith>[1], aor = '0003*15000@sip.test') => {
      const { directory } = await directoryOf({ organizations: [organizationWith(3, phones)], ...rest });
      return directory.registrationMark(aor);
    };
    const mark = await markOf([phone('15000')]);
    assert.ok(mark !== null && !mark.includes(md5('15000:sip.test:secret-15000')));
    assert.equal(await markOf([phone('15001'), phone('15000', { sipDigest: 'SHA-256' })]), mark);
    assert.notEqual(await markOf([phone('15000', { sipPassword: new Secret('another') })]), mark);
    const same = phone('15001', { sipPassword: new Secret('secret-15000') });
    assert.notEqual(await markOf([same], '0003*15001@sip.test'), mark);
    for (const phones of [[], [phone('15000', { sipPassword: null })], [rooms('15000')]])
      assert.equal(await markOf(phones), null);
    for (const aor of ['0003*15000@other.test', '0004*15000@sip.test', '15000@sip.test', ''])
      assert.equal(await markOf([phone('15000')], aor), null);
  });

  test('are callers and show a caller ID', async () => {
    const { directory } = await directoryOf({ organizations, ...rest });
    assert.deepEqual(directory.callerOf('3-15000'), {
      kind: 'extension',
      organizationId: '3',
      extensionId: '3-15000',
      number: '15000',
      name: 'Phone 15000',
    });
    assert.equal(directory.callerOf('3-211'), null);
    assert.deepEqual(directory.callerIdOf('3-15000'), { name: 'Phone 15000', number: '15000' });
  });
});

describe('logins', () => {
  const withLogin = (login: string | null, password: string | null): ProvisionedOrganization => {
    const organization = organizationWith(3, []);
    const [user] = organization.users;
    const secret = password === null ? null : new Secret(password);
    return { ...organization, users: [{ ...user!, login, password: secret, roles: ['administrator'] }] };
  };

  test('right, wrong, unknown, in other letters, and without a password', async () => {
    const { directory } = await directoryOf({ organizations: [withLogin('Jane@example.test', 'pässword')], ...rest });
    const login = (name: string, password: string) => directory.verifyLogin(name, new Secret(password), here);
    const expected = {
      organizationId: '3',
      userId: 1,
      login: 'Jane@example.test',
      roles: ['administrator'],
      features: [],
    };
    assert.deepEqual(await login('jane@EXAMPLE.test', 'pässword'), expected);
    assert.deepEqual(await login('jane@example.test', 'pässword'), expected, 'remembered');
    assert.equal(await login('jane@example.test', 'password'), null);
    assert.equal(await login('jane@example.test', ''), null);
    assert.equal(await login('nobody', 'pässword'), null);
    assert.equal(await login('', ''), null);
    const without = await directoryOf({ organizations: [withLogin('jane', null)], ...rest });
    assert.equal(await without.directory.verifyLogin('jane', new Secret(''), here), null);
  });

  test('a success is remembered for a while, and not for a changed password', async () => {
    const first = await directoryOf({ organizations: [withLogin('jane', 'one')], ...rest });
    const second = await directoryOf({ organizations: [withLogin('jane', 'two')], ...rest });
    const hasher = new CountingHasher();
    const { directory, clock } = await directoryOf(
      { organizations: [withLogin('jane', 'one')], ...rest },
      { hasher, records: first.records },
    );
    const ok = async (password: string) => (await directory.verifyLogin('jane', new Secret(password), here)) !== null;
    assert.ok((await ok('one')) && (await ok('one')) && (await ok('one')));
    assert.equal(hasher.count, 1);
    clock.advance(5 * 60_000);
    assert.ok(await ok('one'));
    assert.equal(hasher.count, 2);
    directory.replace(second.records);
    assert.equal(await ok('one'), false);
    assert.ok(await ok('two'));
  });

  test('a login is by the password, the roles and the user that there are when it has been looked at', async () => {
    const organization = (password: string, roles: UserRole[]) => {
      const one = withLogin('jane', password);
      return { ...one, users: one.users.map((user) => ({ ...user, roles })) };
    };
    const recordsWith = async (password: string, ...roles: UserRole[]) =>
      (await directoryOf({ organizations: [organization(password, roles)], ...rest })).records;
    const one = await recordsWith('one', 'administrator');
    const change = async (to: DirectoryRecords) => {
      const { directory } = await directoryOf({ organizations: [organization('one', [])], ...rest }, { records: one });
      const looking = directory.verifyLogin('jane', new Secret('one'), here);
      directory.replace(to);
      return looking;
    };
    assert.equal(await change(await recordsWith('two', 'administrator')), null, 'another password');
    assert.equal(await change(nothing), null, 'nobody any more');
    const [user] = one.users;
    const agent = { ...one, users: [{ ...user!, roles: ['agent'] as const }] };
    assert.deepEqual((await change(agent))?.roles, ['agent']);
    assert.deepEqual((await change(one))?.roles, ['administrator']);
  });

  test('many logins of one address at once keep no login from elsewhere waiting', async () => {
    const hasher = new PasswordHasher({ random: new SeededRandom(1), atOnce: 1, maxOfSource: 5 });
    const hash = await hasher.hash(new Secret('x'));
    const done: string[] = [];
    const login = (from: string, secret: string) =>
      hasher.verify(new Secret(secret), hash, from).then((right) => void done.push(`${from} ${right}`));
    const flood = Array.from({ length: 150 }, () => login('192.0.2.66', 'guess'));
    const other = login(here, 'x');
    const results = await Promise.allSettled(flood);
    await other;
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 144);
    assert.ok(done.indexOf(`${here} true`) <= 2, done.join());
  });

  test('a flood is bounded and refused, not queued for ever', async () => {
    const hasher = new PasswordHasher({ random: new SeededRandom(1), atOnce: 1, maxWaiting: 3 });
    const hash = await hasher.hash(new Secret('x'));
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => hasher.verify(new Secret('x'), hash, here)),
    );
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
    );
    const [refused] = results.filter((result) => result.status === 'rejected');
    assert.ok(refused?.reason instanceof AppError && refused.reason.code === 'tooManyRequests');
    assert.ok(await hasher.verify(new Secret('x'), hash, here), 'goes on afterwards');
    assert.equal(await hasher.verify(new Secret('x'), 'nonsense', here), false);
  });
});

class CountingHasher extends PasswordHasher {
  count = 0;

  constructor() {
    super({ random: new SeededRandom(2) });
  }

  override verify(password: Secret, hash: string, from: string): Promise<boolean> {
    this.count++;
    return super.verify(password, hash, from);
  }
}

describe('provisioning', () => {
  test('a second start with the same file changes nothing; a changed password is hashed anew', async () => {
    const hasher = new PasswordHasher({ random: new SeededRandom(3) });
    const { organization } = sandboxOrganization(new SeededRandom(4));
    const first = await recordsOf({ organizations: [organization], ...rest }, nothing, 'a', hasher);
    const stored = { ...first, dialPlan: [] };
    assert.deepEqual(await recordsOf({ organizations: [organization], ...rest }, stored, 'a', hasher), first);
    const [user] = organization.users;
    const changed = { ...organization, users: [{ ...user!, password: new Secret('new') }] };
    const second = await recordsOf({ organizations: [changed], ...rest }, stored, 'a', hasher);
    assert.notEqual(second.users[0]?.passwordHash, first.users[0]?.passwordHash);
    assert.match(second.users[0]?.passwordHash ?? '', /^scrypt\$16384\$8\$5\$/);
  });

  test('no password is in what is kept', async () => {
    const { organization, logins } = sandboxOrganization(new SeededRandom(5));
    const hasher = new PasswordHasher({ random: new SeededRandom(6) });
    const records = await recordsOf({ organizations: [organization], ...rest }, nothing, 'a', hasher);
    const text = JSON.stringify(records);
    for (const secret of [logins.password, ...logins.phones.map((one) => one.sipPassword), logins.app.secret]) {
      assert.ok(!text.includes(secret));
    }
  });
});

test('a number is ours in every form in which it is dialled', async () => {
  const published = organizationWith(3, [phone('15000'), rooms('211', { publicNumbers: ['3235550100'] })]);
  const { directory } = await directoryOf({
    organizations: [published, organizationWith(4, [phone('15000')])],
    ...rest,
  });
  const separated = ['150-00', '+15000', '\uff11\uff15\uff10\uff10\uff10'];
  for (const number of ['15000', '211', '0003*15000', '0004*15000', '3235550100', '+3235550100', ...separated]) {
    assert.ok(directory.hasNumber(number), number);
  }
  for (const number of ['15001', '0004*211', '0005*15000', '211*3*2233', 'jane', '', 'anonymous']) {
    assert.ok(!directory.hasNumber(number), number);
  }
});

describe('the sandbox organization', () => {
  test('has what its logins say, and others each time', async () => {
    const { organization, logins } = sandboxOrganization(new SeededRandom(7));
    const { directory } = await directoryOf({ organizations: [organization], ...rest });
    assert.ok(await directory.verifyLogin(logins.login, new Secret(logins.password), here));
    for (const { number } of logins.phones) assert.ok(directory.credentials(number));
    const guest = { kind: 'guest', number: '', name: '' } as const;
    for (const { dial, participantPin, moderatorPin } of logins.conferences) {
      const route = directory.route(dial, guest);
      assert.ok(route.kind === 'conference');
      for (const pin of [participantPin, moderatorPin]) {
        const secret = pin === null ? null : new Secret(pin);
        assert.equal(
          directory.admit({ ...route, pin: secret, callerKey: 'a', authenticated: false }).result,
          'admitted',
        );
      }
    }
    assert.notDeepEqual(sandboxOrganization(new SeededRandom(8)).logins, logins);
  });
});

/** Somebody sets the machine's clock. */
class SetClock extends VirtualClock {
  setBy = 0;

  override now(): number {
    return super.now() + this.setBy;
  }
}

test('a lock-out lasts as long as it should when the clock of the machine is set', async () => {
  const clock = new SetClock();
  const { organization, logins } = sandboxOrganization(new SeededRandom(9));
  const { directory } = await directoryOf({ organizations: [organization], ...rest }, { clock });
  const { dial, participantPin } = logins.conferences.find((one) => one.participantPin !== null)!;
  const route = directory.route(dial, { kind: 'guest', number: '', name: '' });
  assert.ok(route.kind === 'conference');
  const tries = (pin: string) =>
    directory.admit({ ...route, pin: new Secret(pin), callerKey: 'a', authenticated: false }).result;
  for (let at = 0; at < 3; at++) tries(participantPin === '1' ? '2' : '1');
  for (const setBy of [0, 86_400_000, -86_400_000, 10 * 365 * 86_400_000]) {
    clock.setBy = setBy;
    assert.notEqual(tries(participantPin!), 'admitted', `set by ${setBy}`);
  }
  clock.advance(15 * 60_000);
  assert.equal(tries(participantPin!), 'admitted');
});
