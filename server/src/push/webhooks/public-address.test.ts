import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicAddress } from './public-address.ts';

test('addresses of the public internet, also inside of an IPv6 address', () => {
  const open = ['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.0.1'];
  const openToo = ['2606:4700::1111', '2a00:1450:4001::200e', '::ffff:8.8.8.8', '::ffff:808:808', '64:ff9b::8.8.8.8'];
  for (const address of [...open, ...openToo, '2002:808:808::1']) assert.equal(isPublicAddress(address), true, address);
});

test('what leads into the own network, to this machine, to its host or to many', () => {
  const closed = [
    ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.8.8.8', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['100.64.0.1', '100.127.255.255', '100.100.100.200', '169.254.169.254', '169.254.0.1', '168.63.129.16'],
    ...['192.0.0.192', '192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '100::1', '5f00::1'],
    // IPv4 inside: mapped, translated, compatible, NAT64 (well-known and local), 6to4, Teredo.
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:a00:1', '::ffff:0:10.0.0.1', '::127.0.0.1', '::7f00:1'],
    ...['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::192.168.0.1', '64:ff9b:1::8.8.8.8', '2002:7f00:1::'],
    ...['2002:c0a8:101::1', '2001:0:4136:e378::1', '2001:db8::1', '3fff::1', '2001:20::1'],
    ...['', 'localhost', '127.1', '0x7f.1', '2130706433'],
  ];
  for (const address of closed) assert.equal(isPublicAddress(address), false, address);
});
