import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FactJournal } from './fact-journal.ts';
import type { Fact, FactChange, FactStore } from './facts.ts';
import { silentLog } from './log.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

/** Keeps what it is told to, unless it is broken; the real one has a contract suite of its own. */
class Shelf implements FactStore {
  readonly facts = new Map<string, string>();
  readonly writes: string[][] = [];
  broken = false;

  async load(): Promise<Fact[]> {
    return [...this.facts].map(([name, data]) => {
      const [kind, key] = name.split(' ') as [string, string];
      return { kind, key, data, expiresAt: null };
    });
  }

  async change(changes: readonly FactChange[]): Promise<void> {
    if (this.broken) throw new Error('disk full');
    this.writes.push(changes.map(({ kind, key, data }) => `${kind} ${key} ${data ?? '-'}`));
    for (const { kind, key, data } of changes) {
      if (data === null) this.facts.delete(`${kind} ${key}`);
      else this.facts.set(`${kind} ${key}`, data);
    }
  }
}

function setUp(most?: number) {
  const clock = new VirtualClock();
  const shelf = new Shelf();
  const journal = new FactJournal({ store: shelf, clock, log: silentLog, ...(most === undefined ? {} : { most }) });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, shelf, journal, pass };
}

test('what happens together is written together, the latest of it, and what came and went never', async () => {
  const { shelf, journal, pass } = setUp();
  let asked = 0;
  const text = (value: string) => () => {
    asked++;
    return value;
  };
  journal.keep('call', '1', text('a'), null);
  journal.keep('call', '2', text('b'), null);
  journal.keep('call', '1', text('c'), null);
  journal.forget('call', '2');
  journal.forget('call', 'unknown');
  assert.deepEqual(shelf.writes, []);
  await pass(50);
  assert.deepEqual(shelf.writes, [['call 1 c']]);
  assert.equal(asked, 1);
  journal.forget('call', '1');
  await pass(50);
  assert.deepEqual(shelf.writes[1], ['call 1 -']);
  journal.forget('call', '1');
  await pass(50);
  assert.equal(shelf.writes.length, 2);
  assert.equal(journal.waiting, 0);
});

test('what an earlier run left can be forgotten', async () => {
  const { shelf, journal, pass } = setUp();
  shelf.facts.set('call 7', 'x');
  assert.deepEqual(await journal.load(), [{ kind: 'call', key: '7', data: 'x', expiresAt: null }]);
  journal.forget('call', '7');
  await pass(50);
  assert.equal(shelf.facts.size, 0);
});

test('while the store is away nothing is lost, and the newest is written when it is back', async () => {
  const { shelf, journal, pass } = setUp();
  journal.keep('call', '1', () => 'a', null);
  journal.keep('call', '2', () => 'b', null);
  shelf.broken = true;
  await pass(50);
  assert.equal(journal.waiting, 2);
  journal.keep('call', '1', () => 'newer', null);
  await pass(1000);
  shelf.broken = false;
  await pass(1000);
  assert.deepEqual(
    [...shelf.facts],
    [
      ['call 1', 'newer'],
      ['call 2', 'b'],
    ],
  );
});

test('a fact that is forgotten, or kept anew, while it is being written', async () => {
  const { clock, shelf, journal, pass } = setUp();
  journal.keep('call', '1', () => 'a', null);
  clock.advance(50);
  journal.forget('call', '1');
  await pass(0);
  assert.equal(shelf.facts.size, 1);
  clock.advance(50);
  journal.keep('call', '1', () => 'b', null);
  await pass(0);
  assert.equal(shelf.facts.size, 0);
  await pass(50);
  journal.forget('call', '1');
  await pass(50);
  assert.deepEqual(shelf.writes, [['call 1 a'], ['call 1 -'], ['call 1 b'], ['call 1 -']]);
});

test('what is too long, or not worth it, is not kept, and does not stand as it was', async () => {
  const { shelf, journal, pass } = setUp();
  journal.keep('call', '1', () => 'short', null);
  journal.keep('call', '2', () => 'x'.repeat(10_000), null);
  journal.keep('call', '3', () => null, null);
  await pass(50);
  assert.deepEqual([...shelf.facts.keys()], ['call 1']);
  journal.keep('call', '1', () => 'x'.repeat(10_000), null);
  await pass(50);
  assert.equal(shelf.facts.size, 0);
});

test('a storm goes in parts, and closing writes the rest', async () => {
  const { shelf, journal, pass } = setUp();
  for (let at = 0; at < 1200; at++) journal.keep('call', `${at}`, () => 'x', null);
  await pass(50);
  assert.equal(shelf.writes[0]?.length, 500);
  await journal.close();
  assert.equal(shelf.facts.size, 1200);
  journal.keep('call', 'late', () => 'x', null);
  await journal.close();
  assert.equal(journal.waiting, 0);
});

test('no more are kept than the bound, and there is room again when some are forgotten', async () => {
  const { shelf, journal, pass } = setUp(3);
  for (const key of ['1', '2', '3', '4']) journal.keep('call', key, () => 'a', null);
  await pass(50);
  assert.deepEqual([...shelf.facts.keys()], ['call 1', 'call 2', 'call 3']);
  journal.keep('call', '2', () => 'b', null);
  journal.keep('call', '5', () => 'a', null);
  journal.forget('call', '1');
  await pass(50);
  journal.keep('call', '6', () => 'a', null);
  await pass(50);
  assert.deepEqual([...shelf.facts], Object.entries({ 'call 2': 'b', 'call 3': 'a', 'call 6': 'a' }));
});
