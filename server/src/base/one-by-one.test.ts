import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OneByOne } from './one-by-one.ts';

test('work of one name is done in its order, whatever becomes of it; that of another does not wait for it', async () => {
  const turns = new OneByOne();
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = turns.run('a', async () => {
    await gate.promise;
    done.push('a1');
    throw new Error('broken');
  });
  const second = turns.run('a', async () => done.push('a2'));
  await turns.run('b', async () => done.push('b'));
  assert.deepEqual(done, ['b']);
  gate.resolve();
  await assert.rejects(first, /broken/);
  assert.equal(await second, 3);
  assert.deepEqual(done, ['b', 'a1', 'a2']);
});

test('more than may wait is refused, until there is room again', async () => {
  const turns = new OneByOne({ most: 2, refusal: 'Too much.' });
  const gate = Promise.withResolvers<void>();
  const both = [turns.run('a', () => gate.promise), turns.run('a', () => gate.promise)];
  await assert.rejects(
    turns.run('a', () => assert.fail('it ran')),
    { code: 'tooManyRequests', message: 'Too much.' },
  );
  gate.resolve();
  await Promise.all(both);
  assert.equal(await turns.run('a', async () => 'again'), 'again');
});
