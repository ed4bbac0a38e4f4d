import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import type { StreamEvent } from '../../../call/model/event-log.ts';
import type { Kept, Store } from '../../store.ts';
import { endOf, eventOf, recordOf } from '../../testing/contract-places.ts';
import { openSqliteStore } from '../sqlite-store.ts';

const everything: Kept = {
  eventsFrom: null,
  mostEvents: null,
  recordsFrom: null,
  mostRecords: null,
  mostRequests: null,
};
const start = 1_800_000_000_000;

async function opened(t: TestContext): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-pruning-'));
  const store = await openSqliteStore({ folder, clock: systemClock });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}

/** A call of `count` events that began at `at`; without an end it goes on. */
async function call(store: Store, id: string, count: number, at: number, ended = true): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => {
    const last = ended && index === count - 1;
    return { ...(last ? endOf(id, index + 1) : eventOf(id, index + 1)), at: start + at };
  });
  await store.calls.append(events, []);
}

async function left(store: Store, ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (await store.calls.eventsOf(id)).length;
  return counts;
}

test('logs of calls that ended long ago go, whole; running ones and the newest stay', async (t) => {
  const store = await opened(t);
  await call(store, 'old', 3, 0);
  await call(store, 'long', 1700, 0);
  await call(store, 'running', 4, 0, false);
  await call(store, 'young', 2, 1000);
  await call(store, 'last', 2, 0);
  const before = await store.calls.lastPosition();
  assert.deepEqual(await store.prune(everything), { calls: 0, records: 0, requests: 0 });
  assert.equal((await store.prune({ ...everything, eventsFrom: start + 500 })).calls, 2);
  // The feed is numbered on from the newest event, so that one stays.
  assert.deepEqual(await left(store, ['old', 'long', 'running', 'young', 'last']), {
    old: 0,
    long: 0,
    running: 4,
    young: 2,
    last: 2,
  });
  assert.equal(await store.calls.lastPosition(), before);
  await call(store, 'next', 1, 2000, false);
  assert.equal(await store.calls.lastPosition(), before + 1);
  const open = await store.calls.openCalls();
  assert.deepEqual(
    open.map(({ callId, events }) => [callId, events.length]),
    [
      ['running', 4],
      ['next', 1],
    ],
  );
  assert.deepEqual(
    (await store.calls.recentCalls({ ended: true, limit: 10 })).calls.map(({ callId }) => callId),
    ['last', 'young'],
  );
});

test('the oldest logs go when there are too many events', async (t) => {
  const store = await opened(t);
  for (let at = 0; at < 250; at++) await call(store, `c${at}`, 4, at);
  assert.equal((await store.prune({ ...everything, mostEvents: 400 })).calls, 150);
  assert.deepEqual(await left(store, ['c149', 'c150', 'c249']), { c149: 0, c150: 4, c249: 4 });
  assert.equal((await store.prune({ ...everything, mostEvents: 400 })).calls, 0);
});

test('of a device what is old goes, but never what says what is set for it now; its numbers go on', async (t) => {
  const store = await opened(t);
  const of = (id: string, seq: number, at: number): StreamEvent => ({
    stream: { kind: 'device', id },
    organizationId: '3',
    seq,
    at: start + at,
    type: 'doNotDisturb',
    data: { on: seq },
  });
  for (let from = 1; from < 1201; from += 300) {
    await store.calls.append(
      Array.from({ length: 300 }, (_, at) => of('busy', from + at, 0)),
      [],
    );
  }
  await store.calls.append([of('quiet', 1, 0), of('young', 1, 0), of('young', 2, 1000), of('young', 3, 1000)], []);
  await call(store, 'last', 2, 2000);
  const seqs = async (id: string) => (await store.calls.streamEvents({ kind: 'device', id })).map(({ seq }) => seq);
  await store.prune({ ...everything, eventsFrom: start + 500 });
  assert.deepEqual([await seqs('busy'), await seqs('quiet'), await seqs('young')], [[1200], [1], [2, 3]]);
  await store.prune({ ...everything, mostEvents: 1 });
  assert.deepEqual([await seqs('busy'), await seqs('quiet'), await seqs('young')], [[1200], [1], [3]]);
  await store.calls.append([of('busy', 1201, 3000)], []);
  assert.deepEqual(
    (await store.calls.lastEvents('device')).map(({ stream, seq }) => [stream.id, seq]),
    [
      ['busy', 1201],
      ['quiet', 1],
      ['young', 3],
    ],
  );
});

for (const kind of ['directory', 'security'] as const) {
  test(`of a history of ${kind} what is old goes, and it is numbered on`, async (t) => {
    const store = await opened(t);
    const stream = { kind, id: 'server' };
    const event = (seq: number, at: number): StreamEvent => ({
      stream,
      organizationId: '',
      seq,
      at: start + at,
      type: 'banBegun',
      data: {},
    });
    await store.calls.append([event(1, 0), event(2, 1000), event(3, 2000)], []);
    await call(store, 'last', 2, 2000);
    await store.prune({ ...everything, eventsFrom: start + 500 });
    assert.deepEqual(await store.calls.streamEvents(stream), [event(2, 1000), event(3, 2000)]);
    await store.prune({ ...everything, mostEvents: 1 });
    assert.deepEqual(await store.calls.streamEvents(stream), [event(3, 2000)]);
    await store.calls.append([event(4, 6000)], []);
    assert.deepEqual(await store.calls.streamEvents(stream), [event(3, 2000), event(4, 6000)]);
  });
}

test('what webhooks have not read yet stays until they have', async (t) => {
  const store = await opened(t);
  for (let at = 0; at < 10; at++) await call(store, `c${at}`, 2, 0);
  const who = { organizationId: '3', extensionId: '3-1', type: 0, url: 'http://x.test/', method: 'get', note: '' };
  const times = { since: 0, createdAt: 1, modifiedAt: 1 };
  const subscribed = { id: 's', appKey: null, ...who, ...times } as const;
  await store.webhooks.saveSubscription({ ...subscribed, enabled: true } as never);
  const kept = { ...everything, eventsFrom: start + 1 };
  assert.equal((await store.prune(kept)).calls, 0, 'they have read nothing');
  await store.webhooks.enqueue([], 7);
  assert.equal((await store.prune(kept)).calls, 3);
  assert.deepEqual(
    (await store.calls.feed({ after: 7, limit: 100 })).map(({ position }) => position),
    [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  );
  // What is switched off reads no more, and is not told what happened meanwhile when it is switched on.
  await store.webhooks.saveSubscription({ ...subscribed, enabled: false } as never);
  assert.equal((await store.prune(kept)).calls, 6);
});

test('records go by age and number, the oldest first, and the lists of phone calls with them', async (t) => {
  const store = await opened(t);
  await call(store, 'c', 1, 0, false);
  const records = Array.from({ length: 350 }, (_, at) => ({ ...recordOf(`r${at}`, `c${at}`), endedAt: start + at }));
  await store.calls.append([], records);
  assert.equal((await store.prune({ ...everything, recordsFrom: start + 120 })).records, 120);
  assert.equal((await store.prune({ ...everything, mostRecords: 50 })).records, 180);
  const rest = await store.calls.records({ limit: 1000 });
  assert.deepEqual([rest.length, rest[0]?.id, rest.at(-1)?.id], [50, 'r349', 'r300']);
});

test('keys of requests go by their number', async (t) => {
  const store = await opened(t);
  for (let at = 0; at < 30; at++) {
    await store.idempotency.begin({ scope: 's', key: `k${at}`, fingerprint: 'f', at });
  }
  assert.equal((await store.prune({ ...everything, mostRequests: 10 })).requests, 20);
  const again = (key: string) => store.idempotency.begin({ scope: 's', key, fingerprint: 'f', at: 99 });
  assert.equal((await again('k29')).state, 'begun');
  assert.equal((await again('k19')).state, 'new');
});

test('calls are written meanwhile without waiting for it', async (t) => {
  const store = await opened(t);
  for (let at = 0; at < 20; at++) await call(store, `c${at}`, 1000, 0);
  await call(store, 'last', 1, 0);
  let pruned = false;
  const pruning = store.prune({ ...everything, eventsFrom: start + 1 }).finally(() => {
    pruned = true;
  });
  let written = 0;
  while (!pruned) await call(store, `n${written++}`, 1, 5000, false);
  assert.ok((await pruning).calls >= 20);
  assert.ok(written > 20, `${written} calls were written between its parts`);
});
