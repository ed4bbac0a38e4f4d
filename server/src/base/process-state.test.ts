import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSilence, type ProcessState, weightOfSilence } from './process-state.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

test('silence says little of a process that the machine did not let run', () => {
  const at = (cpuMs: number, stopped = false) => ({ cpuMs, stopped });
  assert.equal(weightOfSilence(at(0), at(0, true), 500), 1, 'stopped');
  assert.equal(weightOfSilence(at(0), at(400), 500), 1, 'busy with itself');
  assert.equal(weightOfSilence(null, null, 500), 1, 'nothing is known');
  assert.ok(weightOfSilence(at(0), at(20), 500) < 0.5, 'starved, or waiting for a disk');
});

/** When a process that had the processor for this part of the time is lost, having been silent for 3 s of it. */
function lostAfter(look: (atMs: number) => ProcessState | null): number {
  const clock = new VirtualClock();
  const begin = clock.monotonic();
  const pastMs = () => clock.monotonic() - begin;
  let lostMs = Number.NaN;
  afterSilence(clock, { pid: 1, mostMs: 3000, look: () => look(pastMs()) }, () => {
    lostMs = pastMs();
  });
  clock.advance(60_000);
  assert.equal(clock.pending, 0);
  return lostMs;
}

test('a process is waited for as long as the machine does not let it run, but not forever', () => {
  assert.equal(
    lostAfter((ms) => ({ stopped: false, cpuMs: ms })),
    3000,
  );
  assert.equal(
    lostAfter(() => ({ stopped: true, cpuMs: 0 })),
    3000,
  );
  assert.equal(
    lostAfter(() => null),
    3000,
  );
  assert.equal(
    lostAfter((ms) => ({ stopped: false, cpuMs: ms / 10 })),
    15_000,
  );
  // Kept from the processor for the first ten seconds: that is a fifth of it.
  assert.equal(
    lostAfter((ms) => ({ stopped: false, cpuMs: Math.max(0, ms - 10_000) })),
    11_000,
  );
});

test('a wait that was ended tells nothing', () => {
  const clock = new VirtualClock();
  const end = afterSilence(clock, { pid: 1, mostMs: 3000, look: () => null }, () => assert.fail('lost'));
  clock.advance(2600);
  end();
  end();
  clock.advance(10_000);
  assert.equal(clock.pending, 0);
});
