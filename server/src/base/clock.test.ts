import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, steadyClock, systemClock } from './clock.ts';

test('a steady clock goes on as it did when the wall clock is set', () => {
  let [wall, elapsed] = [1_800_000_000_000, 500];
  const clock: Clock = { now: () => wall, monotonic: () => elapsed, setTimer: systemClock.setTimer };
  const steady = steadyClock(clock);
  assert.equal(steady.now(), wall);
  wall -= 86_400_000;
  elapsed += 1000;
  assert.equal(steady.now(), 1_800_000_001_000);
  wall += 10 * 86_400_000;
  assert.equal(steady.now(), 1_800_000_001_000);
  assert.equal(steady.monotonic(), 1500);
});

test('a timer longer than Node.js can does not fire at once, and can be cancelled', async () => {
  let fired = 0;
  const long = systemClock.setTimer(40 * 86_400_000, () => fired++);
  await new Promise<void>((done) => systemClock.setTimer(50, done));
  assert.equal(fired, 0);
  long.cancel();
});
