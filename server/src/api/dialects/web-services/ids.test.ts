import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { callIdOf, callOfId, connIdOf, deviceIdOf, extensionOfDevice, userIdOf, userOfId } from './ids.ts';

test('the id of a call has 32 digits to the base of 32, and leads back to the call', () => {
  const random = new SeededRandom(9);
  const calls = [
    '00000000000000000000',
    'ffffffffffffffffffff',
    ...Array.from({ length: 1000 }, () => random.bytes(10).toString('hex')),
  ];
  for (const id of calls) {
    const shown = callIdOf(id);
    assert.match(shown, /^[0-9A-V]{32}$/);
    assert.equal(callOfId(shown), id);
    assert.equal(callOfId(shown.toLowerCase()), id);
    assert.match(connIdOf(id), /^[0-9a-f]{16}$/);
  }
});

test('what was never given out leads nowhere', () => {
  const shown = callIdOf('99735c54ff45a3a988f2');
  const other = shown.endsWith('0') ? '1' : '0';
  for (const text of [
    '',
    shown.slice(1),
    `${shown}0`,
    shown.slice(0, 31) + other,
    'W'.repeat(32),
    '01RCC3N118B1V0SL8O7GK2LAES000009',
  ]) {
    assert.equal(callOfId(text), null, text);
  }
});

test('a device has a UUID that leads back to its extension', () => {
  const shown = deviceIdOf('1-15000');
  assert.equal(shown, '1a15000f-ffff-8fff-afff-ffffffffffff');
  for (const id of ['1-15000', '2147483647-000000000000001', '3-0']) {
    assert.match(deviceIdOf(id), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(extensionOfDevice(deviceIdOf(id)), id);
    assert.equal(extensionOfDevice(deviceIdOf(id).toUpperCase()), id);
  }
  for (const text of ['', '1-15000', '631608b3-ceb1-472b-ba05-2ae39555b0d1', shown.replace('a', 'b'), `${shown}0`]) {
    assert.equal(extensionOfDevice(text), null, text);
  }
});

test('a user has 32 hex digits', () => {
  assert.match(userIdOf('1', 12), /^1a12f{28}$/);
  assert.deepEqual(userOfId(userIdOf('1', 12)), { organizationId: '1', userId: 12 });
  for (const text of ['', '12', 'f'.repeat(32), `${userIdOf('1', 12)}f`]) assert.equal(userOfId(text), null, text);
});
