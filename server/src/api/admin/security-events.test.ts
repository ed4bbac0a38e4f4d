import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SecurityEvents } from './security-events.ts';

test('each organization sees its own events and those of all, the newest first', () => {
  const clock = new VirtualClock(1000);
  const events = new SecurityEvents(clock);
  events.add('banBegun', null, { source: '192.0.2.7' });
  events.add('pinLockout', '3', {});
  events.add('pinLockout', '4', {});
  clock.advance(5);
  events.add('banLifted', null, {});
  assert.deepEqual(
    events.of('3', 10).map(({ seq, at, type }) => [seq, at, type]),
    [
      [4, 1005, 'banLifted'],
      [2, 1000, 'pinLockout'],
      [1, 1000, 'banBegun'],
    ],
  );
  assert.equal(events.of('3', 2).length, 2);
});

test('what happens to one organization pushes out nothing of another; all is bounded', () => {
  const events = new SecurityEvents(new VirtualClock());
  events.add('pinLockout', '3', { first: true });
  for (let i = 0; i < 1000; i++) events.add('pinsGuessed', '4', { i });
  assert.equal(events.of('3', 10).length, 1);
  assert.equal(events.of('4', 1000).length, 200);
  for (let i = 0; i < 100; i++) events.add('pinsGuessed', `many-${i}`, {});
  assert.equal(events.of('3', 10).length, 0);
  assert.equal(events.of('many-99', 10).length, 1);
});
