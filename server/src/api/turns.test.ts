import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesText, Turns } from './turns.ts';

/** Counts the rounds of the event loop. */
function rounds(): { readonly count: () => number; stop(): void } {
  let count = 0;
  let going = true;
  const next = () => {
    count++;
    if (going) setImmediate(next);
  };
  setImmediate(next);
  const stop = () => {
    going = false;
  };
  return { count: () => count, stop };
}

test('of any number who wait at once, one has its turn in each round of the event loop, in order', async () => {
  const turns = new Turns();
  const loop = rounds();
  const order: number[] = [];
  const seen = new Set<number>();
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      await turns.take();
      order.push(at);
      seen.add(loop.count());
    }),
  );
  loop.stop();
  assert.deepEqual(
    order,
    Array.from({ length: 50 }, (_, at) => at),
  );
  assert.equal(seen.size, 50, 'no two in one round');
});

test('a long list is written in parts, in its order', async () => {
  const loop = rounds();
  const rows = Array.from({ length: 1050 }, (_, at) => at);
  const text = await entriesText(rows, String);
  loop.stop();
  assert.equal(text, rows.join(','));
  assert.ok(loop.count() >= 10, `${loop.count()} rounds`);
  assert.equal(await entriesText([], String), '');
});
