import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeInWords } from './size.ts';

test('a size is told in a unit in which it is not 0', () => {
  const told = [0, 1, 40_960, 999_999, 3_500_000, 12e9].map(sizeInWords);
  assert.deepEqual(told, ['0 kB', '1 kB', '41 kB', '1000 kB', '3.5 MB', '12.0 GB']);
});
