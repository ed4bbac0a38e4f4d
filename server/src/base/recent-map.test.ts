import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from './recent-map.ts';

test('what was set longest ago makes room, and setting it again makes it the newest', () => {
  const map = new RecentMap<string, number>(3);
  for (const [at, key] of ['a', 'b', 'c', 'a', 'd'].entries()) map.set(key, at);
  assert.deepEqual(
    [...map],
    [
      ['c', 2],
      ['a', 3],
      ['d', 4],
    ],
  );
  map.delete('a');
  map.set('e', 5);
  assert.deepEqual([...map.keys()], ['c', 'd', 'e']);
});
