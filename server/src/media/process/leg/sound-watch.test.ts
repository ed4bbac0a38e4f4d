import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SoundWatch } from './sound-watch.ts';

/** What is told, by look, for so many packets between one look and the next. */
function told(...packets: number[]): (boolean | null)[] {
  const watch = new SoundWatch();
  let count = 100;
  const first = watch.look(count);
  return [
    first,
    ...packets.map((more) => {
      count += more;
      return watch.look(count);
    }),
  ];
}

test('a stream is told when it begins and when nothing has come for three looks', () => {
  assert.deepEqual(told(10, 10, 0, 0, 10, 0, 0, 0), [null, true, null, null, null, null, null, null, false]);
  assert.deepEqual(told(1, 1, 1, 1, 1), [null, null, null, true, null, null], 'packets of 200 ms');
  assert.deepEqual(told(0, 0, 0, 0, 10), [null, null, null, null, null, true]);
});

test('single packets are no stream', () => {
  assert.deepEqual(told(1, 0, 0, 1, 1, 0, 0), new Array(8).fill(null));
});
