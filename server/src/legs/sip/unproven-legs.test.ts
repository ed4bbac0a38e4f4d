import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnprovenLegs } from './unproven-legs.ts';

test('one source may hold a quarter of the legs without ACK, all together so many; each comes back once', () => {
  const legs = new UnprovenLegs(8);
  for (const id of ['a1', 'a2']) {
    assert.ok(legs.mayCome('192.0.2.1'));
    legs.add(id, '192.0.2.1');
  }
  assert.ok(!legs.mayCome('192.0.2.1'));
  for (let i = 0; i < 6; i++) {
    assert.ok(legs.mayCome(`192.0.2.${10 + i}`));
    legs.add(`b${i}`, `192.0.2.${10 + i}`);
  }
  assert.ok(!legs.mayCome('192.0.2.99'));
  legs.remove('a1');
  legs.remove('a1');
  legs.remove('unknown');
  assert.equal(legs.count, 7);
  assert.ok(legs.mayCome('192.0.2.1'));
  for (const id of ['a2', ...Array.from({ length: 6 }, (_, i) => `b${i}`)]) legs.remove(id);
  assert.equal(legs.count, 0);
});

test('an IPv6 site may hold half of them, from however many prefixes; the rest is for others', () => {
  const legs = new UnprovenLegs(8);
  for (let i = 0; i < 4; i++) {
    assert.ok(legs.mayCome(`2001:db8:7:${i}::1`));
    legs.add(`a${i}`, `2001:db8:7:${i}::1`);
  }
  assert.ok(!legs.mayCome('2001:db8:7:99::1'));
  legs.add('beyond', '2001:db8:7:99::1');
  assert.equal(legs.count, 4);
  for (const other of ['2001:db8:8::1', '192.0.2.1']) assert.ok(legs.mayCome(other), other);
  legs.remove('a0');
  assert.ok(legs.mayCome('2001:db8:7:99::1'));
  for (const id of ['a1', 'a2', 'a3']) legs.remove(id);
  assert.equal(legs.count, 0);
});
