import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRecord } from '../model/call-record.ts';
import type { RecordQuery } from '../ports.ts';
import { MemoryCallStore } from './memory-store.ts';
import { RuntimeFixture } from './runtime-fixture.ts';

test('the feed gives every event once, in the order of commit, from wherever one left off', async () => {
  const fixture = new RuntimeFixture();
  assert.equal(await fixture.store.lastPosition(), 0);
  await fixture.talking('A');
  await fixture.talking('B');
  await fixture.runtime.close();
  const all = await fixture.store.feed({ after: 0, limit: 1000 });
  assert.deepEqual(
    all.map(({ event }) => event),
    fixture.published,
  );
  assert.equal(await fixture.store.lastPosition(), all.at(-1)!.position);
  const paged = [];
  for (let after = 0; ; ) {
    const page = await fixture.store.feed({ after, limit: 3 });
    if (page.length === 0) break;
    paged.push(...page);
    after = page.at(-1)!.position;
  }
  assert.deepEqual(paged, all);
});

test('records are found by everything they can be asked for', async () => {
  const store = new MemoryCallStore();
  const party = (number: string) => ({ kind: 'extension', number, name: '', extensionId: `x${number}` }) as const;
  const record = (id: string, change: Partial<CallRecord>): CallRecord => ({
    id,
    callId: 'c',
    connectionId: id,
    legId: null,
    organizationId: 'org',
    from: party('1'),
    to: party('2'),
    direction: 'incoming',
    role: 'participant',
    charged: null,
    startedAt: 100,
    alertedAt: null,
    answeredAt: null,
    endedAt: 300,
    disposition: 'answered',
    cause: 'normal',
    callEnteredAt: 100,
    callAnsweredAt: null,
    end: 'from',
    ...change,
  });
  await store.append(
    [],
    [
      record('a', { startedAt: 100, answeredAt: 150, endedAt: 200 }),
      record('b', { startedAt: 110, endedAt: 210, disposition: 'busy', to: party('3') }),
      record('c', { startedAt: 120, answeredAt: 170, endedAt: 220, from: party('4'), charged: 'x5' }),
    ],
  );
  const cases: [RecordQuery, string][] = [
    [{}, 'cba'],
    [{ order: 'ascending' }, 'abc'],
    [{ callId: 'c' }, 'cba'],
    [{ organizationId: 'other' }, ''],
    [{ limit: 1, offset: 1 }, 'b'],
    [{ after: 'b' }, 'a'],
  ];
  for (const [query, ids] of cases) {
    const found = await store.records(query);
    assert.equal(found.map(({ id }) => id).join(''), ids, JSON.stringify(query));
  }
});
