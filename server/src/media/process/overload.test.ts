import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overload } from './overload.ts';

/**
 * Seconds of ticks, each with so many of 50 late, this share of it on the processor and that with something to do, and
 * so many legs at its end.
 */
function stage() {
  let [nowMs, ticks, late, processorMs, activeMs, commandsMs] = [0, 0, 0, 0, 0, 0];
  const told: boolean[] = [];
  const overload = new Overload(
    () => ({ processorMs, activeMs, commandsMs }),
    (overloaded) => told.push(overloaded),
  );
  overload.ticked(nowMs, ticks, late, 3);
  const second = (lateTicks: number, processor: number, active = processor, legs = 3): boolean => {
    for (let i = 0; i < 50; i++) {
      nowMs += 20;
      ticks++;
      if (i < lateTicks) late++;
      processorMs += 20 * processor;
      activeMs += 20 * active;
      overload.ticked(nowMs, ticks, late, legs);
    }
    return overload.now(nowMs);
  };
  /** What commands took of the processor, of the core it has used. */
  const commanded = (ms: number): void => {
    commandsMs += ms;
  };
  const later = (ms: number): boolean => {
    nowMs += ms;
    return overload.now(nowMs);
  };
  return { second, told, later, commanded };
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

test('late for five seconds without a moment idle, as others have the processor: too much, however little it gets', () => {
  const { second } = stage();
  const seconds = (count: number, late: number, active: number): boolean[] =>
    Array.from({ length: count }, () => second(late, 0.3, active));
  assert.ok(!seconds(8, 5, 0.89).includes(true));
  assert.ok(!seconds(8, 4, 1).includes(true), 'in time all the same');
  assert.deepEqual(seconds(5, 5, 0.91), [false, false, false, false, true]);
  assert.deepEqual(seconds(3, 0, 0.3), [true, true, false]);
});

test('legs come so fast that the next second would be too much: at once, before it is', () => {
  // At 0.0005 of a core for each, 150 more every second.
  const { second } = stage();
  let taken = 0;
  let processor = 0;
  for (let legs = 150; taken === 0 && legs < 3000; legs += 150) {
    processor = legs * 0.0005;
    const measured = processor - 75 * 0.0005;
    if (second(0, measured, measured, legs)) taken = legs;
  }
  assert.equal(taken, 1800);
  assert.ok(processor <= 0.9, 'and those inside fit');
});

test('few legs, or little to do, say nothing of what the next will cost', () => {
  const { second } = stage();
  assert.equal(second(0, 0.8, 0.8, 40), false);
  assert.equal(second(0, 0.5, 0.5, 120), false);
  assert.equal(second(0, 0.8, 0.8, 120), false, 'no more came');
  assert.equal(second(0, 0.8, 0.8, 180), true);
});

test('a burst of legs that come is none of legs that stay: what opening them takes does not count', () => {
  const { second, told, commanded } = stage();
  for (const legs of [700, 1400, 2000]) {
    commanded(700);
    assert.equal(second(15, 0.95, 0.98, legs), false);
  }
  assert.equal(second(0, 0.5, 0.5, 2000), false);
  assert.deepEqual([second(0, 0.95, 0.95, 2000), second(0, 0.95, 0.95, 2000)], [false, true]);
  assert.deepEqual(told, [true]);
});

test('with a little less than too much legs are not taken again, they would be too much at once', () => {
  const { second } = stage();
  assert.deepEqual([second(0, 0.92), second(0, 0.92)], [false, true]);
  for (let i = 0; i < 5; i++) assert.equal(second(0, 0.87), true);
  assert.deepEqual([second(0, 0.84), second(0, 0.84), second(0, 0.84)], [true, true, false]);
});

test('without ticks there is nothing to be late with, and what was done meanwhile does not count', () => {
  const { second, told, later } = stage();
  assert.deepEqual([second(50, 0.9), second(50, 0.9)], [false, true]);
  assert.equal(later(1001), false);
  assert.equal(second(0, 0.5), false);
  assert.deepEqual(told, [true, false]);
});
