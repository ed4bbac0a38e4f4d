import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnPorts } from './own-ports.ts';

const interfaces = () => ['127.0.0.1', '10.0.0.5', '2001:db8::5', '::1'];

test('a leg is known by the address that is told and the one that is bound, however they are written', () => {
  const ports = new OwnPorts(interfaces);
  const media = { address: '203.0.113.5', bound: '10.0.0.5', port: 20_000, rtcpPort: 20_001 };
  ports.add(media);
  const ours = ['203.0.113.5', '10.0.0.5', '::ffff:203.0.113.5', '::ffff:10.0.0.5', '0:0:0:0:0:FFFF:10.0.0.5'];
  const inHex = ['::ffff:cb00:7105', '::ffff:a00:5', '0:0:0:0:0:ffff:0a00:0005'];
  for (const address of [...ours, ...inHex, '0.0.0.0', '::', '::ffff:0.0.0.0', '::ffff:0:0']) {
    assert.equal(ports.has(address, 20_000), true, address);
    assert.equal(ports.has(address, 20_001), true, address);
    assert.equal(ports.has(address, 20_002), false, address);
  }
  // Other programs may have that port there.
  for (const address of ['127.0.0.1', '203.0.113.6', '2001:db8::5']) assert.equal(ports.has(address, 20_000), false);
  ports.remove(media);
  assert.equal(ports.has('203.0.113.5', 20_000), false);
});

test('where all addresses are bound, by any of this machine', () => {
  for (const bound of ['0.0.0.0', '::']) {
    const ports = new OwnPorts(interfaces);
    ports.add({ address: '203.0.113.5', bound, port: 20_000, rtcpPort: 20_001 });
    for (const address of [
      '203.0.113.5',
      '10.0.0.5',
      '127.0.0.1',
      '127.1.2.3',
      '2001:DB8:0::5',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:a00:5',
    ]) {
      assert.equal(ports.has(address, 20_000), true, address);
    }
    assert.equal(ports.has('10.0.0.6', 20_000), false);
  }
});

test('what the system says of its addresses is asked by itself', () => {
  const ports = new OwnPorts();
  ports.add({ address: '203.0.113.5', bound: '0.0.0.0', port: 20_000, rtcpPort: 20_001 });
  assert.equal(ports.has('127.0.0.1', 20_000), true);
  assert.equal(ports.has('198.51.100.77', 20_000), false);
});
