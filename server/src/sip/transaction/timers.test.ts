import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Deadlines } from './timers.ts';

test('deadlines end in time, in order, unless cancelled, also when one starts another', () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const ended: string[] = [];
  const target = {
    timerEnded(name: string): void {
      ended.push(`${name}@${clock.monotonic()}`);
      if (name === 'a') deadlines.after(100, target, 'again');
    },
  };
  deadlines.after(100, target, 'a');
  clock.advance(10);
  const cancelled = deadlines.after(100, target, 'b');
  deadlines.after(100, target, 'c');
  deadlines.after(50, target, 'short');
  cancelled.cancel();
  clock.advance(1_000);
  assert.deepEqual(ended, ['short@60', 'a@100', 'c@110', 'again@200']);
  assert.equal(clock.pending, 0);
});

test('100 000 deadlines are one clock timer, and stop ends them', () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  let ended = 0;
  const target = { timerEnded: () => void ended++ };
  for (let i = 0; i < 100_000; i++) deadlines.after(32_000, target, 'x');
  assert.equal(clock.pending, 1);
  clock.advance(32_000);
  assert.equal(ended, 100_000);
  deadlines.after(1, target, 'x');
  deadlines.stop();
  clock.advance(10);
  assert.equal(ended, 100_000);
});
