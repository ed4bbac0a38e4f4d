import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { collectGarbage, IdleCollection } from './idle-collection.ts';
import { trimMalloc } from './malloc-trim.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

test('memory is given back once after each time of work, and only when idle', () => {
  const clock = new VirtualClock();
  let work = 0;
  let idle = true;
  let collections = 0;
  const collection = new IdleCollection({
    clock,
    work: () => work,
    idle: () => idle,
    collect: () => {
      collections++;
    },
  });
  clock.advance(6_000);
  assert.equal(collections, 1, 'start-up counts as work');
  clock.advance(600_000);
  assert.equal(collections, 1);
  work = 5;
  idle = false;
  clock.advance(60_000);
  assert.equal(collections, 1, 'not while something runs');
  idle = true;
  clock.advance(10_000);
  assert.equal(collections, 2);
  collection.close();
  assert.equal(clock.pending, 0);
});

test('what malloc has free between pieces in use is given back', { skip: process.platform !== 'linux' }, async () => {
  // Below what is mapped on its own, and every hundredth stays.
  let kept: Buffer[] = Array.from({ length: 12_000 }, () => Buffer.allocUnsafeSlow(10_000).fill(1));
  kept = kept.filter((_, at) => at % 100 === 0);
  collectGarbage();
  const before = process.memoryUsage.rss();
  await trimMalloc();
  const after = process.memoryUsage.rss();
  assert.ok(after < before - 20_000_000, `${before >> 20} MiB before, ${after >> 20} MiB after`);
  await trimMalloc();
  assert.equal(kept.length, 120);
});

test('a collection frees what nothing refers to', async () => {
  const garbage = () => new WeakRef({ held: new Array(1000).fill(0) });
  const left = garbage();
  // A WeakRef holds its object to the end of the job that made it.
  await setImmediate();
  collectGarbage();
  assert.equal(left.deref(), undefined);
});
