import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { KeyPace } from './key-pace.ts';

test('20 keys at once and 20 a second on one leg; the rest is counted, other legs are free', () => {
  const clock = new VirtualClock(0);
  const pace = new KeyPace(clock);
  let taken = 0;
  for (let ms = 0; ms < 4000; ms++) {
    for (let key = 0; key < 3; key++) if (pace.press('a').taken) taken++;
    clock.advance(1);
  }
  assert.ok(taken >= 99 && taken <= 100, String(taken));
  assert.deepEqual(pace.press('b'), { taken: true, dropped: 0 });
  assert.equal(pace.closed('a'), 12_000 - taken);
  assert.equal(pace.closed('a'), 0, 'nothing is kept of a leg that is gone');
});

test('who presses 12 keys a second loses none', () => {
  const clock = new VirtualClock(0);
  const pace = new KeyPace(clock);
  for (let key = 0; key < 1000; key++) {
    assert.ok(pace.press('a').taken);
    clock.advance(83);
  }
});
