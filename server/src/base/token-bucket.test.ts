import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.ts';

test('a bucket gives its burst at once, then so many a second, never more than the burst, and keeps a reserve', () => {
  const rule = new TokenBucket({ perSecond: 2, burst: 3 });
  const bucket = rule.full(1000);
  const taken = (nowMs: number, reserve = 0) => {
    let count = 0;
    while (rule.take(bucket, nowMs, reserve)) count++;
    return count;
  };
  assert.equal(taken(1000), 3);
  assert.equal(taken(1499), 0);
  assert.equal(taken(1500), 1);
  assert.equal(taken(2000, 1), 0);
  assert.equal(taken(2500, 1), 1);
  assert.equal(taken(2500), 1);
  assert.equal(taken(1_000_000), 3);
});
