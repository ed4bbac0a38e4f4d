import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairTurns } from './fair-turns.ts';

/** Work that ends when the test says so, in the order in which it was begun. */
function stage(limits: { atOnce: number; waiting?: number; waitingOfSource?: number }) {
  const turns = new FairTurns({ waiting: 1000, waitingOfSource: 1000, ...limits });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (address: string) => {
    if (!turns.mayWait(address)) return false;
    void turns.run(address, () => {
      begun.push(address);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
    return true;
  };
  const end = async (count: number) => {
    for (let left = count; left > 0; left--) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { turns, begun, ask, end };
}

test('sources have their turns one after the other, and of each comes first who came first', async () => {
  const { begun, ask, end } = stage({ atOnce: 2 });
  for (let i = 0; i < 6; i++) ask('192.0.2.1');
  ask('192.0.2.2');
  ask('192.0.2.3');
  assert.equal(begun.length, 2);
  await end(8);
  assert.deepEqual(
    begun.map((address) => address.at(-1)),
    ['1', '1', '1', '2', '3', '1', '1', '1'],
  );
});

test('an IPv6 site has the turns of one, however many prefixes it has', async () => {
  const { begun, ask, end } = stage({ atOnce: 1 });
  for (let i = 0; i < 8; i++) ask(`2001:db8:1:${i}::1`);
  ask('2001:db8:2::1');
  ask('192.0.2.1');
  await end(4);
  assert.ok(begun.includes('2001:db8:2::1') && begun.includes('192.0.2.1'), begun.join());
});

test('so much may wait of one source, of a site twice as much, and in all', async () => {
  const { ask, end } = stage({ atOnce: 1, waiting: 9, waitingOfSource: 3 });
  const times = (count: number, address: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => ask(address(at))).filter(Boolean).length;
  assert.equal(
    times(6, () => '192.0.2.1'),
    4,
    'one is under way',
  );
  assert.equal(
    times(9, (at) => `2001:db8:1:${at}::1`),
    6,
  );
  assert.equal(ask('192.0.2.3'), false, 'nine wait');
  await end(4);
  assert.equal(ask('192.0.2.3'), true);
});

test('what fails gives its place to the next one', async () => {
  const turns = new FairTurns({ atOnce: 1, waiting: 10, waitingOfSource: 10 });
  const failing = turns.run('192.0.2.1', () => Promise.reject(new Error('no')));
  const next = turns.run('192.0.2.1', async () => 'next');
  await assert.rejects(failing, /no/);
  assert.equal(await next, 'next');
  assert.equal(await turns.run('192.0.2.2', async () => 'later'), 'later');
});
