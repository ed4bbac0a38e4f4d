import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overload } from './overload.ts';

/** Seconds of ticks, each with so many of 50 late, and this share of it on the processor. */
function stage() {
  let [nowMs, ticks, late, processorMs] = [0, 0, 0, 0];
  const told: boolean[] = [];
  const overload = new Overload(
    () => processorMs,
    (overloaded) => told.push(overloaded),
  );
  overload.ticked(nowMs, ticks, late);
  const second = (lateTicks: number, processor: number): boolean => {
    for (let i = 0; i < 50; i++) {
      nowMs += 20;
      ticks++;
      if (i < lateTicks) late++;
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

test('two seconds with a core used up, or late with much to do, are too much; until three without either', () => {
  const muches: readonly (readonly [number, number])[] = [
    [5, 0.71],
    [0, 0.92],
  ];
  for (const much of muches) {
    const { second, told } = stage();
    assert.equal(second(0, 0.5), false);
    assert.equal(second(...much), false);
    assert.equal(second(0, 0.5), false);
    assert.deepEqual([second(...much), second(...much)], [false, true]);
    assert.deepEqual([second(0, 0.5), second(0, 0.5)], [true, true]);
    assert.equal(second(...much), true);
    assert.deepEqual([second(0, 0.6), second(0, 0.6), second(0, 0.6)], [true, true, false]);
    assert.deepEqual(told, [true, false]);
  }
});

test('late with little to do is the machine, and much to do in time is none', () => {
  const { second, told } = stage();
  for (let i = 0; i < 5; i++) assert.deepEqual([second(50, 0.6), second(0, 0.85)], [false, false]);
  assert.deepEqual(told, []);
});

test('without ticks there is nothing to be late with, and what was done meanwhile does not count', () => {
  const { second, told, later } = stage();
  assert.deepEqual([second(50, 0.9), second(50, 0.9)], [false, true]);
  assert.equal(later(1001), false);
  assert.equal(second(0, 0.5), false);
  assert.deepEqual(told, [true, false]);
});
