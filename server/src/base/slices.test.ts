import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slices } from './slices.ts';

test('long work lets others have their turn, short work does not wait for them', async () => {
  let now = 0;
  const order: string[] = [];
  const slices = new Slices({ monotonic: () => now }, 5);
  setImmediate(() => order.push('other'));
  await slices.each([1, 2, 3], (one) => void order.push(String(one)));
  assert.deepEqual(order, ['1', '2', '3']);
  const many = Array.from({ length: 100 }, (_, at) => at);
  const doubled = await slices.map(many, (one) => {
    now += 1;
    if (order.at(-1) !== 'working') order.push('working');
    return 2 * one;
  });
  assert.deepEqual([doubled.length, doubled[99]], [100, 198]);
  assert.deepEqual(order.slice(3), ['working', 'other', 'working'], 'between two slices');
});
