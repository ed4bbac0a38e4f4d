import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceShares } from './source-shares.ts';

function fill(shares: SourceShares, source: string, units = 1): number {
  let taken = 0;
  while (shares.take(source, units)) taken++;
  return taken;
}

test('a source may hold as much as it leaves free, and others find room after it', () => {
  const shares = new SourceShares(1200);
  assert.equal(fill(shares, 'a'), 600);
  assert.equal(fill(shares, 'b'), 300);
  assert.equal(fill(shares, 'c'), 150);
  assert.equal(fill(shares, 'a'), 0);
});

test('what is given back can be taken again, and an empty source is forgotten', () => {
  const shares = new SourceShares(10);
  assert.equal(fill(shares, 'a', 2), 3);
  for (let i = 0; i < 3; i++) shares.giveBack('a', 2);
  assert.equal(shares.sources, 0);
  assert.equal(fill(shares, 'b'), 5);
});

test('with a fixed share a source has that, and all together what there is', () => {
  const shares = new SourceShares(10, 4);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((source) => fill(shares, source)),
    [4, 4, 2, 0],
  );
  shares.giveBack('a', 1);
  assert.deepEqual([shares.mayTake('b', 1), shares.mayTake('a', 2), shares.mayTake('a', 1)], [false, false, true]);
});
