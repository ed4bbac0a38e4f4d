import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberTail, sameNumber } from './same-number.ts';

test('a + makes no difference, and an international number is the same as it is dialled in its country', () => {
  for (const [a, b, same] of [
    ['2025550110', '2025550110', true],
    ['+12025550110', '12025550110', true],
    ['+12025550110', '2025550110', true],
    ['+493012345678', '03012345678', true],
    ['+493012345678', '3012345678', true],
    ['+35812345678', '012345678', true],
    ['12025550110', '2025550110', false],
    ['+12025550110', '+2025550110', false],
    ['+12025550110', '5550110', false],
    ['+4912345', '12345', false],
    ['211', '0211', false],
    ['0003*211', '211', false],
    ['+', '', true],
  ] as const) {
    assert.equal(sameNumber(a, b), same, `${a} ${b}`);
    assert.equal(sameNumber(b, a), same, `${b} ${a}`);
    if (same) assert.equal(numberTail(a), numberTail(b), `tails of ${a} and ${b}`);
  }
});
