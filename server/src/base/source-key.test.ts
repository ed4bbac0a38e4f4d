import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkKey, sourceKey } from './source-key.ts';

test('limits count an IPv4 address as it is and an IPv6 address by its first 64 bits', () => {
  for (const [address, key] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['192.0.2.7:40001', '192.0.2.7'],
    ['[2001:db8:1:2:3:4:5:6]:40001', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['no address', 'no address'],
  ]) {
    assert.equal(sourceKey(address!), key, address);
  }
});

test('a network is an IPv6 /48; IPv4 has none', () => {
  for (const [address, key] of [
    ['192.0.2.7', null],
    ['::ffff:192.0.2.7', null],
    ['::ffff:c000:207', null],
    ['192.0.2.7:40001', null],
    ['[2001:db8:1:2::7]:40001', '2001:db8:1::/48'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['no address', null],
  ]) {
    assert.equal(networkKey(address!), key, address!);
  }
});
