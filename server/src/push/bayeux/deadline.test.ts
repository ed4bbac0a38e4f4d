import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Deadline } from './deadline.ts';

test('a deadline is due when it was set and not cleared for so long, however often it was moved before', async () => {
  const clock = new VirtualClock();
  let due = 0;
  const deadline = new Deadline(clock, 1000, () => {
    due += 1;
  });
  deadline.set();
  await clock.advanceAsync(999);
  deadline.set();
  await clock.advanceAsync(999);
  assert.equal(due, 0);
  assert.equal(clock.pending, 1, 'one timer, however often it is set');
  await clock.advanceAsync(1);
  assert.equal(due, 1);
  assert.equal(clock.pending, 0);
  deadline.set();
  deadline.clear();
  await clock.advanceAsync(600);
  deadline.set();
  await clock.advanceAsync(999);
  assert.equal(due, 1, 'what was cleared does not count');
  await clock.advanceAsync(1);
  assert.equal(due, 2);
  deadline.set();
  deadline.cancel();
  assert.equal(clock.pending, 0);
});
