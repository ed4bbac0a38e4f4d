import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { Directory } from './directory.ts';
import { LateHashes } from './late-hashes.ts';
import { PasswordHasher } from './password.ts';
import { recordsAtOnce } from './provision.ts';
import type { DirectoryRecords } from './records.ts';
import { organizationWith } from './testing/virtual-organizations.ts';

const here = '192.0.2.1';

const nothing: DirectoryRecords = {
  organizations: [],
  users: [],
  extensions: [],
  conferences: [],
  apps: [],
  trunks: [],
  dialPlan: [],
};

class CountingHasher extends PasswordHasher {
  made = 0;

  override hash(password: Secret): Promise<string> {
    this.made++;
    return super.hash(password);
  }
}

/** Users `u1`, `u2` … with these passwords. */
function fileWith(...passwords: string[]) {
  const organization = organizationWith(3, []);
  const users = passwords.map((password, at) => ({
    ...organization.users[0]!,
    id: at + 1,
    login: `u${at + 1}`,
    password: new Secret(password),
  }));
  return { organizations: [{ ...organization, users }], trunks: null, dialPlan: null };
}

const keyed = () => new CountingHasher({ random: new SeededRandom(1), markKey: Buffer.alloc(32, 7) });

/** One start: what is stored afterwards once every hash is made. */
async function start(file: ReturnType<typeof fileWith>, stored: DirectoryRecords, hasher: PasswordHasher) {
  const { records, toHash } = recordsAtOnce(file, stored, 'a', hasher);
  const users = new Map(records.users.map((user) => [user.id, user]));
  const clock = new VirtualClock();
  const late = new LateHashes({
    clock,
    log: silentLog,
    hasher,
    toHash,
    save: async ({ userId }, passwordHash) => void users.set(userId, { ...users.get(userId)!, passwordHash }),
  });
  while (late.left > 0) await clock.advanceAsync(1000);
  return { toHash, stored: { ...records, users: [...users.values()], dialPlan: [] } };
}

describe('passwords that the start does not wait for', () => {
  test('are hashed once: a later start knows them by their mark, and only what has changed is hashed again', async () => {
    const first = await start(fileWith('one', 'two'), nothing, keyed());
    assert.equal(first.toHash.length, 2);
    assert.ok(first.stored.users.every(({ passwordHash }) => passwordHash?.startsWith('scrypt$16384$8$5$')));

    const again = keyed();
    const second = await start(fileWith('one', 'two'), first.stored, again);
    assert.deepEqual(second.stored.users, first.stored.users);
    assert.equal(again.made, 0);

    const third = await start(fileWith('one', 'other'), second.stored, keyed());
    assert.deepEqual(
      third.toHash.map(({ userId }) => userId),
      [2],
    );
    assert.equal(third.stored.users[0]?.passwordHash, first.stored.users[0]?.passwordHash);
  });

  test('the mark says nothing without its key, and is of one hash and one password', async () => {
    const hasher = keyed();
    const [one, same] = [await hasher.hash(new Secret('x')), await hasher.hash(new Secret('x'))];
    assert.ok(hasher.recognizes(new Secret('x'), one));
    assert.ok(!hasher.recognizes(new Secret('y'), one));
    const stranger = new PasswordHasher({ random: new SeededRandom(1), markKey: Buffer.alloc(32, 8) });
    assert.ok(!stranger.recognizes(new Secret('x'), one));
    assert.ok(await stranger.verify(new Secret('x'), one, here), 'the hash itself needs no key');
    const mixed = `${one.slice(0, one.lastIndexOf('$'))}${same.slice(same.lastIndexOf('$'))}`;
    assert.ok(!hasher.recognizes(new Secret('x'), mixed));
    for (const none of ['', 'scrypt$1', '$', one.slice(0, one.lastIndexOf('$'))]) {
      assert.ok(!hasher.recognizes(new Secret('x'), none), none);
    }
  });

  test('count before they are hashed, and the ones that they replace do not', async () => {
    const hasher = keyed();
    const { stored } = await start(fileWith('old'), nothing, hasher);
    const { records, toHash } = recordsAtOnce(fileWith('new'), stored, 'a', hasher);
    assert.equal(records.users[0]?.passwordHash, null, 'the old one is gone at once, for good');
    const directory = new Directory({
      clock: new VirtualClock(),
      random: new SeededRandom(2),
      records: { ...records, dialPlan: [] },
      domain: 'a',
      pinAttempts: 3,
      pinLockoutMs: 1000,
      hasher,
      written: toHash,
    });
    const verify = hasher.verify.bind(hasher);
    let checks = 0;
    hasher.verify = (...asked) => {
      checks++;
      return verify(...asked);
    };
    for (let request = 0; request < 3; request++) assert.ok(await directory.verifyLogin('u1', new Secret('new'), here));
    assert.equal(checks, 1, 'remembered as others are');
    for (const wrong of ['old', '', 'new ']) {
      assert.equal(await directory.verifyLogin('u1', new Secret(wrong), here), null, wrong);
    }
    assert.equal(checks, 4, 'each wrong one takes its time');
    directory.replace({ ...records, users: [], dialPlan: [] });
    assert.equal(await directory.verifyLogin('u1', new Secret('new'), here), null, 'gone with the user');
  });

  test('are tried again when they cannot be stored, and no more after the close', async () => {
    const hasher = keyed();
    const { toHash } = recordsAtOnce(fileWith('one', 'two'), nothing, 'a', hasher);
    const clock = new VirtualClock();
    let tries = 0;
    const save = async () => {
      if (tries++ === 0) throw new Error('disk full');
    };
    const late = new LateHashes({ clock, log: silentLog, hasher, toHash, save });
    while (late.left > 1) await clock.advanceAsync(10_000);
    assert.equal(tries, 2);
    late.close();
    await clock.advanceAsync(60_000);
    assert.equal(late.left, 1);
    assert.equal(clock.pending, 0);
  });
});
