import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { PortPool } from './port-pool.ts';

test('gives each even port once, none beyond the range, and the longest unused first', () => {
  const pool = new PortPool(101, 111, new SeededRandom(5));
  assert.equal(pool.free, 5);
  const taken = Array.from({ length: 5 }, () => pool.take()!);
  assert.deepEqual([...taken].sort(), [102, 104, 106, 108, 110]);
  assert.equal(pool.take(), null);
  pool.giveBack(taken[3]!);
  pool.giveBack(taken[0]!);
  assert.equal(pool.take(), taken[3]);
  assert.equal(pool.take(), taken[0]);
  assert.equal(pool.take(), null);
});

test('a range without a pair is empty', () => {
  assert.equal(new PortPool(101, 102, new SeededRandom(5)).take(), null);
  assert.equal(new PortPool(200, 100, new SeededRandom(5)).take(), null);
});
