import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OnceMore } from './once-more.ts';

test('a thousand who ask while it is done have it done once more', async () => {
  const begun: (() => void)[] = [];
  const again = new OnceMore(() => new Promise((done) => void begun.push(done)));
  const first = again.ask();
  const others = Array.from({ length: 1000 }, () => again.ask());
  assert.equal(begun.length, 1);
  begun[0]!();
  while (begun.length < 2) await new Promise(setImmediate);
  begun[1]!();
  await Promise.all([first, ...others]);
  assert.equal(begun.length, 2);
  const later = again.ask();
  assert.equal(begun.length, 3, 'later it is done at once');
  begun[2]!();
  await later;
});

test('what fails is told to who asked, and the next try is one of its own', async () => {
  let fails = true;
  const again = new OnceMore(async () => {
    if (fails) throw new Error('not now');
  });
  await assert.rejects(again.ask(), /not now/);
  fails = false;
  await again.ask();
});
