import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettableClock } from '../base/testing/settable-clock.ts';
import { SettledTime } from './settled-time.ts';

const hour = 3_600_000;

function stage() {
  const clock = new SettableClock();
  const time = new SettledTime(clock);
  const began = clock.now() - clock.monotonic();
  return {
    set: (hours: number) => clock.set(hours * hour),
    /** Hours pass, in which it is looked at six times each. Gives how many hours it is ahead of how it began. */
    pass: (hours: number) => {
      for (let n = 0; n < 6 * hours; n++) {
        clock.advance(hour / 6);
        time.now();
      }
      return (time.now() - began - clock.monotonic()) / hour;
    },
  };
}

test('a wall clock that is set ahead and put right within a day makes nothing older', () => {
  const { set, pass } = stage();
  assert.equal(pass(30), 0);
  set(24 * 365);
  assert.equal(pass(0), 0);
  assert.equal(pass(23), 0);
  set(-24 * 365);
  assert.equal(pass(30), 0);
});

test('one that stays ahead is right after a day, as where a machine starts without knowing the time', () => {
  const { set, pass } = stage();
  set(24 * 365);
  assert.equal(pass(23), 0);
  assert.equal(pass(2), 24 * 365);
});

test('one that is set back is believed at once', () => {
  const { set, pass } = stage();
  set(-100);
  assert.equal(pass(0), -100);
  assert.equal(pass(30), -100);
});
