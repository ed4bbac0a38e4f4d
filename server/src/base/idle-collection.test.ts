import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectGarbage, IdleCollection } from './idle-collection.ts';
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

test('a collection can be asked for', () => {
  collectGarbage();
});
