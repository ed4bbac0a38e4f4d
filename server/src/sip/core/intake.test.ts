import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { ProvenAddresses } from '../auth/proven-addresses.ts';
import type { Flow } from '../transport/flow.ts';
import { Intake } from './intake.ts';

function flowFrom(address: string, port = 5060): Flow {
  const local = { address: '10.0.0.1', port: 5060 };
  return {
    id: `udp ${address} ${port}`,
    kind: 'udp',
    reliable: false,
    local,
    remote: { address, port },
    closed: false,
    send() {},
  };
}

function stage() {
  const proven = new ProvenAddresses(new VirtualClock(), () => false);
  const limits = {
    messagesPerSecond: 20_000,
    messageBurst: 40_000,
    strangersPerSecond: 100,
    strangersInAllPerSecond: 300,
  };
  const intake = new Intake(limits, proven);
  /** So many of `count` evenly over a second from `second` on. */
  const taken = (flow: Flow, count: number, second = 0, bytes = 500) => {
    let admitted = 0;
    for (let i = 0; i < count; i++) if (intake.admit(flow, second * 1000 + (i * 1000) / count, bytes)) admitted++;
    return admitted;
  };
  return { proven, intake, taken };
}

test('a stranger that floods is cut to what its address may send; phones that proved themselves are not touched', () => {
  const { proven, taken } = stage();
  const phone = flowFrom('203.0.113.9', 5062);
  proven.authenticated(phone, 'anna');
  const flood = taken(flowFrom('203.0.113.9'), 12_000);
  assert.ok(flood >= 100 && flood <= 250, `${flood} of 12 000`);
  assert.equal(taken(phone, 5000), 5000, 'from the very same address');
});

test('few addresses together take no more than all strangers may', () => {
  const { taken } = stage();
  let sum = 0;
  for (let i = 0; i < 50; i++) sum += taken(flowFrom(`203.0.113.${i}`), 1000);
  assert.ok(sum <= 300 + 300 + 60 + 100, `${sum}`);
});

test('who has hardly said anything is heard behind the address that floods', () => {
  const { intake, taken } = stage();
  const flood = flowFrom('203.0.113.9');
  for (let second = 0; second < 3; second++) taken(flood, 5000, second);
  for (let i = 0; i < 10; i++) assert.equal(intake.admit(flowFrom('203.0.113.9', 6000), 3000 + i, 500), true);
});

test('an IPv6 site with ever new prefixes has half as much again as one, and leaves the rest to others', () => {
  const { intake, taken } = stage();
  let sum = 0;
  for (let i = 0; i < 30; i++) sum += taken(flowFrom(`2001:db8:1:${i.toString(16)}::1`), 100);
  assert.ok(sum <= 150 + 150 + 100, `${sum}`);
  const other = flowFrom('2001:db8:2::1');
  let heard = 0;
  // More than one who has hardly said anything is heard with in any case.
  for (let i = 0; i < 60; i++) if (intake.admit(other, 1000 + i, 500)) heard++;
  assert.equal(heard, 60);
});

test('a message as long as many counts as many, whoever sends it, and none is too long for ever', () => {
  const { proven, taken } = stage();
  const long = taken(flowFrom('203.0.113.9'), 12_000, 0, 60_000);
  assert.ok(long >= 200 / 15 && long <= 250 / 15 + 3, `${long} of 12 000`);
  const phone = flowFrom('203.0.113.9', 5062);
  proven.authenticated(phone, 'anna');
  const ofPhone = taken(phone, 12_000, 0, 60_000);
  assert.ok(ofPhone >= 60_000 / 15 && ofPhone <= 60_000 / 15 + 1, `${ofPhone} of 12 000`);
  // Longer than all that may come at once.
  const other = flowFrom('198.51.100.7');
  assert.equal(taken(other, 1, 1, 4096 * 250), 1);
  assert.equal(taken(other, 10, 1), 0, 'on credit');
  assert.equal(taken(other, 1, 3), 1);
});
