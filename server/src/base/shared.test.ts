import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shared } from './shared.ts';

test('any number who ask at once are given the same; who asks while it is made is given what is made afterwards', async () => {
  let made = 0;
  const later: Promise<number>[] = [];
  const shared = new Shared(async () => {
    const mine = ++made;
    if (mine === 1) for (let i = 0; i < 500; i++) later.push(shared.get());
    await new Promise((done) => setImmediate(done));
    return mine;
  });
  const first = await Promise.all(Array.from({ length: 500 }, () => shared.get()));
  assert.deepEqual(new Set(first), new Set([1]));
  assert.deepEqual(new Set(await Promise.all(later)), new Set([2]));
  assert.equal(made, 2);
  assert.equal(await shared.get(), 3, 'nothing is kept');
});

test('one that cannot be made fails those who asked for it, and no others', async () => {
  let made = 0;
  const shared = new Shared(async () => {
    if (++made === 1) throw new Error('not now');
    return made;
  });
  const first = await Promise.allSettled([shared.get(), shared.get()]);
  assert.deepEqual(
    first.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await shared.get(), 2);
});

test('a thousand who ask while it is done have it done once more', async () => {
  const begun: (() => void)[] = [];
  const again = new Shared<void>(() => new Promise((done) => void begun.push(done)));
  const first = again.get();
  while (begun.length < 1) await new Promise(setImmediate);
  const others = Array.from({ length: 1000 }, () => again.get());
  assert.equal(begun.length, 1);
  begun[0]!();
  while (begun.length < 2) await new Promise(setImmediate);
  begun[1]!();
  await Promise.all([first, ...others]);
  assert.equal(begun.length, 2);
  const later = again.get();
  while (begun.length < 3) await new Promise(setImmediate);
  assert.equal(begun.length, 3, 'later it is done at once');
  begun[2]!();
  await later;
});
