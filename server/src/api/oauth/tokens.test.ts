import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { StoredToken, TokenStore } from './token-records.ts';
import { type Grantee, type Issued, Tokens } from './tokens.ts';

function setUp() {
  const rows = new Map<string, StoredToken>();
  const away = { isAway: false };
  const change = (act: () => void) => {
    if (away.isAway) throw new Error('overloaded');
    act();
  };
  const saveAll = (tokens: readonly StoredToken[]) => {
    for (const token of tokens) rows.set(token.hash, token);
  };
  const store: TokenStore = {
    save: async (tokens) => change(() => saveAll(tokens)),
    replace: async (hash, tokens) =>
      change(() => {
        rows.delete(hash);
        saveAll(tokens);
      }),
    load: async () => [...rows.values()],
    remove: async (which) =>
      change(() => {
        for (const [hash, token] of rows) {
          const { userIds = [token.userId], ...rest } = which as Partial<StoredToken> & { userIds?: readonly number[] };
          const isOne = Object.entries(rest).every(([name, value]) => token[name as 'hash'] === value);
          if (isOne && userIds.includes(token.userId)) rows.delete(hash);
        }
      }),
    prune: async () => {},
  };
  const clock = new VirtualClock();
  let seed = 0;
  const restart = () => new Tokens({ clock, random: new SeededRandom(++seed), log: silentLog, store });
  return { rows, away, clock, tokens: restart(), restart };
}

function user(userId: number): Grantee {
  return { appKey: 'app', secretMark: 'm', organizationId: 3, userId, userAgent: '' };
}

async function grant(tokens: Tokens, who = user(12)): Promise<{ access: Issued; refresh: Issued }> {
  const family = tokens.newFamily();
  const made = { access: tokens.make('access', family, who), refresh: tokens.make('refresh', family, who) };
  await tokens.keep([made.access, made.refresh]);
  return made;
}

test('an exchange that the store does not take leaves everything as it was, and may be tried again', async () => {
  const { tokens, away, rows } = setUp();
  const { access, refresh } = await grant(tokens);
  const next = tokens.make('refresh', refresh.token.family, user(12));
  away.isAway = true;
  assert.equal(tokens.claim(refresh.token), true);
  await assert.rejects(tokens.exchange(refresh.token, [next]));
  away.isAway = false;
  assert.equal((await tokens.present('refresh', refresh.text))?.hash, refresh.token.hash);
  assert.notEqual(tokens.find('access', access.text), null);
  assert.equal(tokens.claim(refresh.token), true);
  assert.equal(await tokens.exchange(refresh.token, [next]), true);
  const left = [...rows.values()].map(({ hash, kind }) => `${kind} ${hash}`);
  const spent = `spent ${refresh.token.hash}`;
  assert.deepEqual(left.sort(), [`access ${access.token.hash}`, `refresh ${next.token.hash}`, spent].sort());
  assert.equal(await tokens.present('refresh', refresh.text), null, 'used twice');
  assert.equal(tokens.find('access', access.text), null);
  assert.equal(rows.size, 0);
});

test('who presents a token that is being exchanged waits for how that ends; only one may exchange it', async () => {
  const { tokens } = setUp();
  const { refresh } = await grant(tokens);
  assert.deepEqual([tokens.claim(refresh.token), tokens.claim(refresh.token)], [true, false]);
  const second = tokens.present('refresh', refresh.text);
  tokens.release(refresh.token);
  assert.equal(await second, refresh.token);
});

test('what is revoked while it is exchanged stays revoked', async () => {
  const { tokens, rows } = setUp();
  const { refresh } = await grant(tokens);
  const next = tokens.make('refresh', refresh.token.family, user(12));
  tokens.claim(refresh.token);
  const exchange = tokens.exchange(refresh.token, [next]);
  await tokens.revokeFamily(refresh.token.family);
  assert.equal(await exchange, false);
  assert.equal(tokens.find('refresh', next.text), null);
  assert.equal(rows.size, 0);
});

test('a thousand other users of an app, or expired tokens of one, put nobody out; a thousand live ones do', async () => {
  const { tokens, clock, rows } = setUp();
  const first = await grant(tokens);
  for (let userId = 100; userId < 1200; userId++) await grant(tokens, user(userId));
  assert.notEqual(tokens.find('access', first.access.text), null, 'put out by other users');
  assert.notEqual(tokens.find('refresh', first.refresh.text), null);

  const one = user(13);
  const access = async () => {
    const issued = tokens.make('access', tokens.newFamily(), one);
    await tokens.keep([issued]);
    return issued;
  };
  for (let n = 0; n < 900; n++) await access();
  await clock.advance(3_600_000);
  const live = await access();
  for (let n = 1; n < 1000; n++) await access();
  assert.notEqual(tokens.find('access', live.text), null, 'put out while expired ones were kept');
  await access();
  assert.equal(tokens.find('access', live.text), null);
  await new Promise(setImmediate);
  assert.equal([...rows.values()].filter(({ userId }) => userId === one.userId).length, 1000);
});

test('one who refreshes all the time costs no more and more memory, and a used token still gives the thief away', async () => {
  const { tokens } = setUp();
  let { refresh } = await grant(tokens);
  let used = refresh;
  for (let n = 0; n < 3000; n++) {
    used = refresh;
    const { family } = refresh.token;
    const next = [tokens.make('access', family, user(12)), tokens.make('refresh', family, user(12))] as const;
    assert.ok(tokens.claim(refresh.token) && (await tokens.exchange(refresh.token, next)));
    refresh = next[1];
  }
  assert.ok(tokens.size.used <= 32 && tokens.size.tokens <= 1001, JSON.stringify(tokens.size));
  assert.equal(await tokens.present('refresh', used.text), null);
  assert.equal(tokens.find('refresh', refresh.text), null);
  assert.deepEqual(tokens.size, { tokens: 0, used: 0 });
});

test('a used refresh token or code gives the thief away after a restart too, and no more is kept of it than in memory', async () => {
  for (const kind of ['refresh', 'code'] as const) {
    const { tokens, rows, restart } = setUp();
    const family = tokens.newFamily();
    const used = tokens.make(kind, family, user(12));
    await tokens.keep([used]);
    let latest = used;
    for (let n = 0; n < 40; n++) {
      const next = tokens.make('refresh', family, user(12));
      assert.ok(tokens.claim(latest.token) && (await tokens.exchange(latest.token, [next])));
      latest = next;
    }
    const before = latest;
    const last = tokens.make('refresh', family, user(12));
    assert.ok(tokens.claim(before.token) && (await tokens.exchange(before.token, [last])));
    await new Promise(setImmediate);
    assert.equal([...rows.values()].filter((row) => row.kind === 'spent').length, 32);
    const again = restart();
    await again.start();
    assert.equal(again.size.used, 32);
    assert.notEqual(again.find('refresh', last.text), null);
    assert.equal(await again.present('refresh', before.text), null);
    assert.equal(again.find('refresh', last.text), null, 'all that came of it is revoked');
    assert.equal(rows.size, 0);
    again.close();
  }
});

test('at a start, what is no longer of its app goes for good and the rest stays', async () => {
  const { tokens, rows, restart } = setUp();
  const old = await grant(tokens, { ...user(12), secretMark: 'old' });
  const renewed = await grant(tokens);
  const other = await grant(tokens, { ...user(12), appKey: 'other', secretMark: 'old' });
  const isOfApp = (token: StoredToken) => token.appKey === 'other' || token.secretMark === 'm';
  const again = restart();
  await again.start(isOfApp);
  for (const { text } of [old.access, old.refresh]) {
    assert.equal(again.find('access', text) ?? again.find('refresh', text), null);
  }
  for (const { access } of [renewed, other]) assert.notEqual(again.find('access', access.text), null);
  assert.equal(rows.size, 4);
  again.close();
  const later = restart();
  await later.start();
  assert.equal(later.find('access', old.access.text), null, 'the old secret is back, its tokens are not');
  later.close();
});

test('all tokens of an app end at once, and only they', async () => {
  const { tokens, rows, clock } = setUp();
  const first = await grant(tokens);
  await clock.advance(1);
  const second = await grant(tokens, user(13));
  const other = await grant(tokens, { ...user(12), appKey: 'other' });
  const live = tokens.ofApp('app').map(({ hash }) => hash);
  const issued = [second.refresh, second.access, first.refresh, first.access];
  assert.deepEqual(
    live,
    issued.map(({ token }) => token.hash),
    'newest first',
  );
  const ended = tokens.revokeApp('app');
  assert.equal(tokens.find('access', first.access.text), null);
  await ended;
  assert.deepEqual([tokens.ofApp('app'), [...rows.keys()].length], [[], 2]);
  assert.notEqual(tokens.find('access', other.access.text), null);
  await clock.advance(3_600_000);
  assert.deepEqual(
    tokens.ofApp('other').map(({ kind }) => kind),
    ['refresh'],
  );
});

test('all tokens of users who are gone end, however many they are, and only theirs', async () => {
  const { tokens, rows } = setUp();
  const [first, second, other] = [await grant(tokens), await grant(tokens, user(700)), await grant(tokens, user(701))];
  const elsewhere = await grant(tokens, { ...user(12), organizationId: 4 });
  const gone = Array.from({ length: 700 }, (_, at) => ({ organizationId: 3, userId: at + 1 }));
  await tokens.revokeUsers(gone);
  for (const { access } of [first, second]) assert.equal(tokens.find('access', access.text), null);
  for (const { access } of [other, elsewhere]) assert.notEqual(tokens.find('access', access.text), null);
  assert.equal(rows.size, 4);
});
