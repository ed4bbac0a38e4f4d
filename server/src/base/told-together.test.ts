import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from './testing/virtual-clock.ts';
import { ToldTogether } from './told-together.ts';

test('of each key a few are told one by one, the others by their number and the last of them', () => {
  const clock = new VirtualClock(5000);
  const told: unknown[] = [];
  const few = new ToldTogether<string>({
    clock,
    rate: { perSecond: 1, burst: 2 },
    afterMs: 10_000,
    together: (...what) => told.push(what),
  });
  const single = ['a', 'b', 'c', 'd'].map((item) => few.isSingle('one', item));
  assert.deepEqual(single, [true, true, false, false]);
  assert.equal(few.isSingle('other', 'x'), true);
  clock.advance(1000);
  assert.equal(few.isSingle('one', 'e'), true);
  assert.equal(few.isSingle('one', 'f'), false);
  clock.advance(9000);
  assert.deepEqual(told, [['f', 3, 5000]]);
  assert.equal(clock.pending, 0);
  assert.equal(few.isSingle('one', 'g'), true);
  for (let more = 0; more < 3; more++) few.isSingle('one', 'h');
  few.flush();
  few.flush();
  assert.deepEqual(told.slice(1), [['h', 2, 15_000]]);
  assert.equal(clock.pending, 0);
});
