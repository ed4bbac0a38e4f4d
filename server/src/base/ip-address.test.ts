import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHost, withoutMapping } from './ip-address.ts';

test('a host is an IP address, or a name whose last part is no number', () => {
  const longest = 'a'.repeat(63);
  for (const text of [
    '127.0.0.1',
    '::1',
    'fd00::2',
    'localhost',
    'pbx.example.test',
    'pbx.example.test.',
    'a1',
    '3com',
  ])
    assert.ok(isHost(text), text);
  for (const text of [`${longest}.test`, 'xn--bcher-kva.example', '1.example']) assert.ok(isHost(text), text);
  for (const text of ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', '10', 'x.5', '1.2.3.', 'a..b', '-a.b', 'a-.b', 'a b'])
    assert.ok(!isHost(text), text);
  for (const text of [`${longest}a.test`, 'a/b', '[::1]', '12345::', 'büro.test', 'a:5060', 'a_b.test'])
    assert.ok(!isHost(text), text);
});

test('an IPv4 address written as IPv6 is the IPv4 address', () => {
  assert.equal(withoutMapping('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(withoutMapping('2001:db8::1'), '2001:db8::1');
});
