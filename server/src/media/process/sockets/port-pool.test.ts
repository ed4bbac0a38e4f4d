import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { PortPool } from './port-pool.ts';

function takeAll(pool: PortPool, nowMs = 0): number[] {
  const ports: number[] = [];
  for (let port = pool.take(nowMs); port !== null; port = pool.take(nowMs)) ports.push(port);
  return ports;
}

const sorted = (ports: readonly number[]) => [...ports].sort((a, b) => a - b);

test('gives each even port once, none beyond the range, and the longest unused first', () => {
  const pool = new PortPool(101, 111, new SeededRandom(5));
  const taken = takeAll(pool);
  assert.deepEqual(sorted(taken), [102, 104, 106, 108, 110]);
  assert.equal(pool.takeAgain(), null);
  pool.giveBack(taken[3]!);
  pool.giveBack(taken[0]!);
  assert.deepEqual(takeAll(pool), [taken[3], taken[0]]);
});

test('a range without a pair is empty', () => {
  assert.equal(new PortPool(101, 102, new SeededRandom(5)).take(0), null);
  assert.equal(new PortPool(200, 100, new SeededRandom(5)).take(0), null);
});

test('siblings begin with different pairs, and each can have them all', () => {
  const own = [0, 1, 2].map((index) => {
    const pool = new PortPool(100, 119, new SeededRandom(7), { index, of: 3 });
    const ports = takeAll(pool);
    assert.equal(new Set(ports).size, 10);
    const first = ports.slice(0, index === 0 ? 4 : 3);
    // An own pair that comes back goes before the others again.
    for (const port of ports.toReversed()) pool.giveBack(port);
    assert.deepEqual(sorted(takeAll(pool).slice(0, first.length)), sorted(first));
    return first;
  });
  assert.deepEqual(sorted(own.flat()), sorted(takeAll(new PortPool(100, 119, new SeededRandom(1)))));
});

test('fewer pairs than processes: who has none of its own takes the others', () => {
  for (const index of [0, 1, 2]) {
    assert.deepEqual(takeAll(new PortPool(100, 101, new SeededRandom(3), { index, of: 3 })), [100]);
  }
});

test('a pair found taken comes again after 5 s, or when asked for in need', () => {
  const pool = new PortPool(100, 105, new SeededRandom(5));
  const [a, b, c] = takeAll(pool) as [number, number, number];
  pool.foundTaken(a, 1_000);
  pool.foundTaken(b, 2_000);
  pool.foundTaken(c, 3_000);
  assert.deepEqual(takeAll(pool, 5_999), []);
  assert.deepEqual(takeAll(pool, 7_000), [a, b]);
  assert.equal(pool.takeAgain(), c);
  assert.equal(pool.takeAgain(), null);
});

test('all are used up when none is left and no other program has one, or when a try was in vain', () => {
  const pool = new PortPool(100, 103, new SeededRandom(5));
  assert.equal(pool.usedUp, false);
  const [first, second] = takeAll(pool) as [number, number];
  assert.equal(pool.usedUp, true);
  pool.giveBack(first);
  assert.equal(pool.usedUp, false);
  pool.foundTaken(second, 0);
  assert.equal(pool.take(0), first);
  assert.equal(pool.usedUp, false, 'the other program may have let go of it');
  pool.tried(false);
  assert.equal(pool.usedUp, true);
  pool.tried(true);
  assert.equal(pool.usedUp, false);
});
