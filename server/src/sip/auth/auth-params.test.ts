import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDigestParams, parseDigestParams, unquotedInChallenge } from './auth-params.ts';

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
  for (const piece of [' ', '"', ',', '=', '\\', 'a=b,']) {
    const started = performance.now();
    parseDigestParams(`Digest ${piece.repeat(60_000)}`);
    parseDigestParams(`Digest ${piece.repeat(1000)}`);
    assert.ok(performance.now() - started < 10, piece);
  }
});
