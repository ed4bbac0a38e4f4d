import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredToken } from '../../api/oauth/token-records.ts';
import { StoreError } from '../store-error.ts';
import type { OpenStore } from './contract-places.ts';

/** Tokens, requests known by a key, facts, and salts. */
export function keptContract(open: OpenStore): void {
  test('tokens come back until they expire or are removed', async () => {
    const { store, place } = await open();
    const a = token('a', {
      family: 'f1',
      issuedAt: 1,
      expiresAt: 100,
      redirectUri: 'https://x.test/?a=b',
      userAgent: 'ünï "q"',
    });
    const b = token('b', { family: 'f1', kind: 'refresh', issuedAt: 2, expiresAt: 500 });
    const c = token('c', {
      family: 'f2',
      kind: 'code',
      codeChallenge: 'x-_1',
      appKey: 'other',
      issuedAt: 3,
      expiresAt: 500,
    });
    const d = token('d', { family: 'f3', issuedAt: 4, expiresAt: 500 });
    await store.tokens.save([a, b]);
    await store.tokens.save([{ ...c, expiresAt: 1 }, d]);
    await store.tokens.save([c]);
    await store.tokens.save([]);
    await store.close();
    const { tokens, close } = await place
      .open()
      .then((again) => ({ tokens: again.tokens, close: () => again.close() }));
    assert.deepEqual(await tokens.load(0), [a, b, c, d]);
    assert.deepEqual(await tokens.load(99), [a, b, c, d]);
    assert.deepEqual(await tokens.load(100), [b, c, d], 'expired at its very end');
    await tokens.prune(100);
    assert.deepEqual(await tokens.load(0), [b, c, d]);
    await tokens.remove({ appKey: 'other' });
    assert.deepEqual(await tokens.load(0), [b, d]);
    await tokens.remove({ family: 'f1' });
    await tokens.remove({ hash: 'nobody' });
    assert.deepEqual(await tokens.load(0), [d]);
    await tokens.remove({ organizationId: d.organizationId, userIds: [d.userId + 1] });
    await tokens.remove({ organizationId: d.organizationId + 1, userIds: [d.userId] });
    assert.deepEqual(await tokens.load(0), [d], 'of others');
    await tokens.remove({ hash: d.hash });
    await tokens.save([b, d]);
    await tokens.remove({ organizationId: d.organizationId, userIds: [d.userId + 1, d.userId] });
    assert.deepEqual(await tokens.load(0), []);
    await close();
  });

  test('a token is replaced by others all at once, or not at all', async () => {
    const { store, place } = await open();
    const old = token('a', { kind: 'refresh', issuedAt: 1 });
    const other = token('b', { family: 'g', issuedAt: 2 });
    await store.tokens.save([old, other]);
    const made = [token('c', { issuedAt: 3 }), token('d', { kind: 'refresh', issuedAt: 4 })];
    const bad = { ...made[1]!, kind: null } as unknown as StoredToken;
    await assert.rejects(store.tokens.replace(old.hash, [made[0]!, bad]), StoreError);
    assert.deepEqual(await store.tokens.load(0), [old, other], 'the old one is as good as before');
    await store.tokens.replace(old.hash, made);
    assert.deepEqual(await store.tokens.load(0), [other, ...made]);
    await store.tokens.replace('nobody', [{ ...other, expiresAt: 2000 }]);
    await store.tokens.replace(made[0]!.hash, []);
    await store.close();
    const again = await place.open();
    assert.deepEqual(await again.tokens.load(0), [{ ...other, expiresAt: 2000 }, made[1]!]);
    await again.close();
  });

  test('of any number who begin the same request at once, one begins it', async () => {
    const { store, place } = await open();
    const request = { scope: '3-12', key: 'k', fingerprint: 'one', at: 5 };
    const begun = await Promise.all(
      Array.from({ length: 50 }, (_, at) => store.idempotency.begin({ ...request, fingerprint: `${at}` })),
    );
    const first = begun.findIndex(({ state }) => state === 'new');
    assert.equal(begun.filter(({ state }) => state === 'new').length, 1);
    for (const known of begun) {
      if (known.state !== 'new') assert.deepEqual(known, { state: 'begun', fingerprint: `${first}`, at: 5 });
    }
    // Others are others: the pair counts, not the two put together.
    for (const other of [{ key: 'k2' }, { scope: '3-13' }, { scope: '3-12k', key: '' }]) {
      assert.deepEqual(await store.idempotency.begin({ ...request, ...other }), { state: 'new' });
    }
    await store.close();
    const again = await place.open();
    assert.deepEqual(await again.idempotency.begin(request), { state: 'begun', fingerprint: `${first}`, at: 5 });
    await again.close();
  });

  test('an answer is kept and given again; what is forgotten or pruned begins anew', async () => {
    const { store, place } = await open();
    const request = { scope: 's', key: 'k', fingerprint: 'f', at: 10 };
    const later = { ...request, key: 'later', at: 20 };
    await store.idempotency.begin(request);
    await store.idempotency.begin(later);
    const answer = { scope: 's', key: 'k', status: 200, body: '[{"id":"ü"}]' };
    await store.idempotency.finish(answer);
    const done = { state: 'done', fingerprint: 'f', status: 200, body: answer.body };
    assert.deepEqual(await store.idempotency.begin({ ...request, fingerprint: 'g', at: 11 }), done);
    await store.idempotency.finish({ ...answer, key: 'unknown' });
    await store.close();
    const again = await place.open();
    assert.deepEqual(await again.idempotency.begin(request), done);
    assert.deepEqual(await again.idempotency.begin({ ...request, key: 'unknown' }), { state: 'new' });
    await again.idempotency.forget(request);
    assert.deepEqual(await again.idempotency.begin({ ...request, at: 15 }), { state: 'new' });
    await again.idempotency.prune(20);
    assert.deepEqual(await again.idempotency.begin(request), { state: 'new' });
    assert.deepEqual(await again.idempotency.begin({ ...later, at: 30 }), { state: 'begun', fingerprint: 'f', at: 20 });
    await again.close();
  });

  test('an empty answer is an answer', async () => {
    const { store } = await open();
    const request = { scope: 's', key: 'k', fingerprint: 'f', at: 10 };
    await store.idempotency.begin(request);
    await store.idempotency.finish({ scope: 's', key: 'k', status: 204, body: '' });
    assert.deepEqual(await store.idempotency.begin(request), {
      state: 'done',
      fingerprint: 'f',
      status: 204,
      body: '',
    });
    await store.close();
  });

  test('facts come back until they expire or are forgotten, all or none of a change', async () => {
    const { store, place } = await open();
    const fact = (key: string, data: string | null, expiresAt: number | null = null, kind = 'a') => {
      return { kind, key, data, expiresAt };
    };
    await store.facts.change([]);
    await store.facts.change([fact('1', '{"ü":1}'), fact('2', 'x', 100), fact('1', 'other', 200, 'b')]);
    await store.facts.change([fact('2', 'y', 300), fact('3', 'z', 400), fact('3', null), fact('unknown', null)]);
    const bad = fact('4', 7 as unknown as string, null, null as unknown as string);
    await assert.rejects(store.facts.change([fact('1', 'never'), bad]), StoreError);
    await store.close();
    const again = await place.open();
    const sorted = async (now: number) => {
      const facts = await again.facts.load(now);
      return facts.map(({ kind, key, data, expiresAt }) => `${kind}${key} ${data} ${expiresAt}`).sort();
    };
    assert.deepEqual(await sorted(199), ['a1 {"ü":1} null', 'a2 y 300', 'b1 other 200']);
    assert.deepEqual(await sorted(200), ['a1 {"ü":1} null', 'a2 y 300'], 'expired at its very end');
    assert.deepEqual(await sorted(0), ['a1 {"ü":1} null', 'a2 y 300'], 'and gone');
    await again.close();
  });

  test('a salt is made once and stays; each name and each place has its own', async () => {
    const { store, place } = await open();
    const [a, a2, b] = await Promise.all([store.salt('a'), store.salt('a'), store.salt('b')]);
    assert.equal(a.length, 32);
    assert.deepEqual(a, a2);
    assert.notDeepEqual(a, b);
    const copy = Buffer.from(a);
    // Whoever has it may write into it.
    a.fill(0);
    assert.deepEqual(await store.salt('a'), copy);
    await store.close();
    const again = await place.open();
    assert.deepEqual(await again.salt('a'), copy);
    await again.close();
    const other = await open();
    assert.notDeepEqual(await other.store.salt('a'), copy);
    await other.store.close();
  });
}

function token(hash: string, change: Partial<StoredToken>): StoredToken {
  return {
    hash: hash.repeat(64),
    kind: 'access',
    family: 'f',
    appKey: 'demo',
    secretMark: 'a1b2c3d4e5f60718',
    organizationId: 3,
    userId: 12,
    issuedAt: 1,
    expiresAt: 1000,
    redirectUri: null,
    codeChallenge: null,
    userAgent: '',
    ...change,
  };
}
