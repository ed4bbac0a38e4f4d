import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, isHost, withoutMapping } from './ip-address.ts';

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
  for (const mapped of [
    '::ffff:192.0.2.1',
    '::FFFF:192.0.2.1',
    '::ffff:c000:201',
    '::ffff:c000:0201',
    '0:0:0:0:0:ffff:192.0.2.1',
    '0000:0000:0000:0000:0000:ffff:c000:0201',
    '0:0::ffff:c000:201',
  ]) {
    assert.equal(withoutMapping(mapped), '192.0.2.1', mapped);
  }
  for (const other of [
    '2001:db8::1',
    '::ffff:0:192.0.2.1',
    '::ffff:1',
    '2001:db8::ffff:c000:201',
    '::ffff:1.2.3',
    '',
  ]) {
    assert.equal(withoutMapping(other), other);
  }
});

test('the bytes of an address are those of its text, however that is shortened; its zone is none of them', () => {
  const rows = [
    ['192.0.2.1', 'c0000201'],
    ['0.0.0.0', '00000000'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::7:0:1', '20010db8000000000000000700000001'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['fe80::a%eth0', 'fe80000000000000000000000000000a'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ] as const;
  for (const [address, bytes] of rows) assert.equal(addressBytes(address).toString('hex'), bytes, address);
});
