import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overload } from './overload.ts';

/** Seconds of ticks, each with so many of 50 late, this share of it active and on the processor. */
function stage() {
  let [nowMs, ticks, late, activeMs, processorMs] = [0, 0, 0, 0, 0];
  const told: boolean[] = [];
  const overload = new Overload(
    () => ({ activeMs, processorMs }),
    (overloaded) => told.push(overloaded),
  );
  overload.ticked(nowMs, ticks, late);
  const second = (lateTicks: number, active: number, processor: number): boolean => {
    for (let i = 0; i < 50; i++) {
      nowMs += 20;
      ticks++;
      if (i < lateTicks) late++;
      activeMs += 20 * active;
      processorMs += 20 * processor;
      overload.ticked(nowMs, ticks, late);
    }
    return overload.now(nowMs);
  };
  const later = (ms: number): boolean => {
    nowMs += ms;
    return overload.now(nowMs);
  };
  return { second, told, later };
}

test('late with much to do, or a core used up, is overloaded at once; until three seconds without either', () => {
  const muches: readonly (readonly [number, number, number])[] = [
    [5, 0.81, 0.5],
    [0, 0.95, 0.92],
  ];
  for (const much of muches) {
    const { second, told } = stage();
    assert.equal(second(0, 0.5, 0.4), false);
    assert.equal(second(0, 0.5, 0.4), false);
    assert.equal(second(...much), true);
    assert.deepEqual([second(0, 0.5, 0.4), second(0, 0.5, 0.4)], [true, true]);
    assert.equal(second(...much), true);
    assert.deepEqual([second(0, 0.7, 0.6), second(0, 0.7, 0.6), second(0, 0.7, 0.6)], [true, true, false]);
    assert.deepEqual(told, [true, false]);
  }
});

test('late with little to do is the machine, and much to do in time is none', () => {
  const { second, told } = stage();
  second(0, 0.1, 0.1);
  for (let i = 0; i < 5; i++) assert.deepEqual([second(40, 0.5, 0.2), second(0, 0.85, 0.85)], [false, false]);
  assert.deepEqual(told, []);
});

test('without ticks there is nothing to be late with, and what was done meanwhile does not count', () => {
  const { second, told, later } = stage();
  second(0, 0.5, 0.5);
  assert.equal(second(50, 1, 0.9), true);
  assert.equal(later(1001), false);
  assert.equal(second(0, 0.5, 0.5), false);
  assert.deepEqual(told, [true, false]);
});
