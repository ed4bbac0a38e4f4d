import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastProcessorMs } from '../../base/testing/processor-time.ts';
import { formatDigestParams, parseDigestParams, splitChallenges, unquotedInChallenge } from './auth-params.ts';

test('parameters are read with and without quotes, blanks and escapes', () => {
  const params = parseDigestParams('digest  username = "a\\"b\\\\c" ,nc=00000001,  qop=auth, realm="x, y=z"');
  assert.deepEqual(Object.fromEntries(params!), { username: 'a"b\\c', nc: '00000001', qop: 'auth', realm: 'x, y=z' });
});

test('other schemes and malformed values are refused', () => {
  for (const value of [
    '',
    'Basic abc',
    'Digest',
    'Digestrealm="x"',
    'Digest realm="x',
    'Digest realm="x" nonce="y"',
    'Digest realm="x", realm="y"',
    'Digest nothing',
    'Digest ="x"',
    `Digest ${Array.from({ length: 40 }, (_, i) => `p${i}=1`).join(',')}`,
    `Digest realm="${'x'.repeat(5000)}"`,
  ]) {
    const parsed = parseDigestParams(value);
    assert.ok(parsed === null || parsed.size === 0, value.slice(0, 40));
  }
});

test('stray commas, and what is said twice alike, are passed over', () => {
  const params = parseDigestParams('Digest ,realm="x", ,nonce=y,,realm=x,');
  assert.deepEqual(
    [...params!],
    [
      ['realm', 'x'],
      ['nonce', 'y'],
    ],
  );
});

test('several challenges in one line', () => {
  const one = 'Digest realm="a, Digest realm=b", nonce="1", qop="auth,auth-int"';
  const two = 'Digest  realm=c,nonce=2';
  assert.deepEqual(splitChallenges(one), [one]);
  assert.deepEqual(
    splitChallenges(`${one}, ${two}`).map((text) => text.trim()),
    [one, two],
  );
  assert.deepEqual(
    splitChallenges(`Basic realm="x" ,, ${two},`).map((text) => text.trim()),
    ['Basic realm="x"', `${two},`],
  );
  assert.deepEqual(splitChallenges('Digest realm="x, Digest realm=y'), ['Digest realm="x, Digest realm=y']);
});

test('what is written is read back', () => {
  const params: [string, string][] = [
    ['realm', 'a "quoted\\" one'],
    ['qop', 'auth'],
    ['algorithm', 'MD5'],
  ];
  const text = formatDigestParams(params, unquotedInChallenge);
  assert.equal(text, 'Digest realm="a \\"quoted\\\\\\" one", qop="auth", algorithm=MD5');
  assert.deepEqual([...parseDigestParams(text)!], params);
});

test('60 KB of anything costs next to nothing', () => {
  for (const piece of [' ', '"', ',', '=', '\\', 'a=b,', 'a b,', 'a ']) {
    for (const read of [parseDigestParams, splitChallenges]) {
      read(`Digest ${piece.repeat(100)}`);
      const least = leastProcessorMs(() => {
        read(`Digest ${piece.repeat(60_000)}`);
        read(`Digest ${piece.repeat(1000)}`);
      }, 10);
      assert.ok(least < 10, `${read.name} ${piece}: ${least} ms`);
    }
  }
});
