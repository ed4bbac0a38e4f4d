import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { Flow } from '../transport/flow.ts';
import { ProvenAddresses } from './proven-addresses.ts';

function flowFrom(address: string, port: number, kind: 'udp' | 'tcp' = 'udp'): Flow {
  const local = { address: '10.0.0.1', port: 5060 };
  return {
    id: `${kind} ${address} ${port}`,
    kind,
    reliable: kind === 'tcp',
    local,
    remote: { address, port },
    closed: false,
    send() {},
  };
}

const phone = flowFrom('192.0.2.7', 5060);
const neighbour = flowFrom('192.0.2.7', 5062);

test('an address is what it has shown, by port, and for a while', () => {
  const clock = new VirtualClock();
  const proven = new ProvenAddresses(clock, () => false);
  assert.equal(proven.isReached(phone), false);
  assert.equal(proven.isReached(flowFrom('192.0.2.7', 5060, 'tcp')), true, 'a connection');
  assert.equal(proven.isAuthenticated(flowFrom('192.0.2.7', 5060, 'tcp')), false);
  proven.reached(phone);
  assert.deepEqual([proven.isReached(phone), proven.isAuthenticated(phone)], [true, false]);
  assert.equal(proven.isReached(neighbour), false);
  clock.advance(900_001);
  assert.equal(proven.isReached(phone), false);
  proven.authenticated(phone, 'anna');
  assert.deepEqual([proven.isReached(phone), proven.isAuthenticated(phone)], [true, true]);
  assert.deepEqual([proven.isUser(phone, 'anna'), proven.isUser(phone, 'bert')], [true, false]);
  assert.equal(proven.isUser(neighbour, 'anna'), false);
  clock.advance(2 * 3_600_000 + 1);
  assert.deepEqual([proven.isReached(phone), proven.isUser(phone, 'anna')], [false, false]);
});

test('a wrong password takes back what the right one proved; so does the end of a connection', () => {
  const proven = new ProvenAddresses(new VirtualClock(), () => false);
  const connection = flowFrom('192.0.2.7', 50_000, 'tcp');
  proven.authenticated(phone, 'anna');
  proven.authenticated(phone, 'bert');
  proven.failed(phone, 'anna');
  assert.deepEqual([proven.isUser(phone, 'anna'), proven.isAuthenticated(phone)], [false, true]);
  proven.failed(phone, 'bert');
  assert.equal(proven.isAuthenticated(phone), false);
  proven.authenticated(connection, 'anna');
  proven.closed(connection);
  assert.equal(proven.isUser(connection, 'anna'), false);
});

test('carriers and registered phones need no proof', () => {
  const proven = new ProvenAddresses(new VirtualClock(), ({ remote }) => remote.port === 5060);
  assert.deepEqual([proven.isReached(phone), proven.isAuthenticated(phone)], [true, true]);
  assert.equal(proven.isUser(phone, 'anna'), false);
  assert.equal(proven.isReached(neighbour), false);
});

test('strangers who come from ever new ports push out no phone', () => {
  const proven = new ProvenAddresses(new VirtualClock(), () => false);
  proven.authenticated(phone, 'anna');
  for (let port = 1; port < 65_536; port++) proven.reached(flowFrom('192.0.2.9', port));
  assert.equal(proven.isUser(phone, 'anna'), true);
  assert.equal(proven.isReached(flowFrom('192.0.2.9', 1)), false);
  assert.equal(proven.isReached(flowFrom('192.0.2.9', 65_535)), true);
});
