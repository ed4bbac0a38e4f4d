import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { unifiedApiWebhooks } from '../src/api/dialects/unified-api/webhooks/webhook-projection.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom } from '../src/base/random.ts';
import { VirtualClock } from '../src/base/testing/virtual-clock.ts';
import { until } from '../src/base/testing/wait.ts';
import { isOfCall } from '../src/call/model/event-log.ts';
import { replay } from '../src/call/model/evolve.ts';
import { CallRuntime } from '../src/call/runtime/runtime.ts';
import { SpyPorts } from '../src/call/testing/spy-ports.ts';
import { Receiver } from '../src/push/webhooks/testing/receiver.ts';
import { Webhooks } from '../src/push/webhooks/webhooks.ts';
import { openDatabase } from '../src/store/sqlite/connection.ts';
import { sqliteDialect } from '../src/store/sqlite/dialect.ts';
import { migrate } from '../src/store/sqlite/migrations.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Tables } from '../src/store/sqlite/tables.ts';
import type { Store } from '../src/store/store.ts';
import { dumps, load } from './data-folders/dump.ts';
import { type Known, someCalls, subscribed, types } from './data-folders/scene.ts';

/** What the last version before streams knew. */
const schemaBefore = 5;

/** A database as that version left it when it was killed; closed. */
async function versionBefore(folder: string, fill: (database: DatabaseSync) => void): Promise<void> {
  const file = join(folder, 'partyline.db');
  const db = new Kysely<Tables>({ dialect: sqliteDialect(openDatabase(file)) });
  await migrate(db, file, schemaBefore);
  await db.destroy();
  const database = new DatabaseSync(file);
  database.exec('pragma application_id = 0x504c4e31');
  fill(database);
  database.close();
}

type Scene = Awaited<ReturnType<typeof someCalls>>;

async function fillLog({ fixture, read }: Scene, url: string): Promise<(database: DatabaseSync) => void> {
  const feed = await fixture.store.feed({ after: 0, limit: 1000 });
  return (database) => {
    const numbers = new Map<string, number>();
    const insert = database.prepare('insert into event values (?, ?, ?, ?, ?, ?, ?, ?)');
    for (const { position, event } of feed) {
      if (!isOfCall(event)) continue;
      const { callId, seq, at, type, connectionId, cause, data } = event;
      const number = numbers.get(callId) ?? numbers.size + 1;
      numbers.set(callId, number);
      insert.run(number, seq, at, type, connectionId, cause, JSON.stringify(data), position);
    }
    for (const [callId, number] of numbers) {
      const log = fixture.store.log(callId);
      const ended = log.at(-1)?.type === 'callCleared' ? log.at(-1)!.at : null;
      database
        .prepare("insert into call values (?, ?, 'org', ?, ?, ?)")
        .run(number, callId, log[0]!.at, ended, log.length);
    }
    const subscribe = database.prepare(
      "insert into webhook_subscription values (?, ?, 'org', ?, ?, ?, 'get', 1, '', 0, 1, 1, null)",
    );
    let number = 0;
    for (const extensionId of subscribed) {
      for (const type of types) subscribe.run(++number, `s${number}`, extensionId, type, url);
    }
    database.prepare('insert into webhook_cursor values (1, ?)').run(read);
    // Made, and not yet taken by its receiver.
    database.exec(
      "insert into webhook_delivery values (7, 'org http://127.0.0.1', 's1', 'waiting', 1800000000000, 'CallID=waiting', 1)",
    );
  };
}

/** Its open calls end cleanly, and its webhooks go on where they were. Closes the store. */
async function goesOn(
  store: Store,
  { ids, waiting }: Omit<Known, 'read' | 'events'>,
  receiver: Receiver,
): Promise<void> {
  const clock = new VirtualClock();
  await clock.advanceAsync(100_000);
  assert.deepEqual(
    (await store.calls.openCalls()).map(({ callId }) => callId).toSorted(),
    [ids.talks, ids.inside, ids.rings].toSorted(),
  );
  const ports = new SpyPorts();
  const runtime = new CallRuntime({
    clock: clock,
    random: new SeededRandom(2),
    log: silentLog,
    store: store.calls,
    signalling: ports.signalling,
    media: ports.media,
  });
  assert.equal(await runtime.recover(), 3);
  assert.deepEqual(await store.calls.openCalls(), []);
  for (const callId of [ids.talks, ids.inside, ids.rings]) {
    const log = await store.calls.eventsOf(callId);
    assert.equal(log.at(-1)?.type, 'callCleared');
    assert.equal(log.at(-1)?.cause, 'systemFailure');
    const cleared = log.filter(({ type }) => type === 'connectionCleared').length;
    assert.equal((await store.calls.records({ callId })).length, cleared);
  }

  const webhooks = new Webhooks({
    clock: systemClock,
    log: silentLog,
    random: new SeededRandom(3),
    store: store.webhooks,
    calls: store.calls,
    dialect: unifiedApiWebhooks({ numbersOf: () => null }),
    limits: { backOffMs: 5, mostBackOffMs: 50, giveUpAfterMs: 1e13 },
  });
  await webhooks.start();
  await until('all is told', async () => {
    const told = webhooks.counters().cursor === (await store.calls.lastPosition());
    return told && (await store.webhooks.waitingCount()) === 0;
  });
  const toldOf = (callId: string) =>
    receiver.taken
      .filter(({ fields }) => fields['CallID'] === callId)
      .map(({ fields }) => `${fields['CallFlow']} ${fields['CallStatus']}`);
  assert.deepEqual(toldOf('waiting'), ['undefined undefined'], 'what waited');
  assert.deepEqual(toldOf(ids.over), [], 'was told before');
  assert.deepEqual(toldOf(ids.talks), ['IN ANSWER', 'OUT ANSWER', 'OUT ANSWER', 'IN ANSWER']);
  // One phone call on both sides of the update, and on both sides of the conference's door.
  assert.deepEqual(toldOf('C').toSorted(), ['IN ANSWER', 'OUT ANSWER']);
  assert.deepEqual(toldOf(ids.rings).toSorted(), ['IN CALLING', 'IN UNKNOWN', 'OUT CALLING', 'OUT UNKNOWN']);
  const idsOf = (callId: string) =>
    receiver.taken
      .filter(({ fields }) => fields['CallID'] === callId)
      .map(({ headers }) => String(headers['x-partyline-delivery']));
  assert.deepEqual(idsOf('waiting'), [waiting], 'as it was numbered when it was made');
  const steps = new Set((await store.calls.feed({ after: 0, limit: 1000 })).map(({ step }) => String(step)));
  for (const id of idsOf(ids.talks)) assert.ok(steps.has(id.split('-')[0] ?? ''), id);
  await webhooks.close();
  await runtime.close();
  await store.close();
}

async function withFolder(check: (folder: string, receiver: Receiver) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-before-'));
  const receiver = await Receiver.start();
  try {
    await check(folder, receiver);
  } finally {
    await receiver.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a data folder from before streams opens: its calls end cleanly, its webhooks go on where they were', () =>
  withFolder(async (folder, receiver) => {
    const scene = await someCalls();
    const { fixture, ids, read } = scene;
    await versionBefore(folder, await fillLog(scene, receiver.url));
    const store = await openSqliteStore({ folder, clock: fixture.clock });
    const feed = await store.calls.feed({ after: 0, limit: 1000 });
    const known = await fixture.store.feed({ after: 0, limit: 1000 });
    assert.deepEqual(
      feed.map(({ position, event }) => ({ position, event })),
      known.map(({ position, event }) => ({ position, event })),
      'not an event is another',
    );
    assert.deepEqual(
      feed.filter(({ position }) => position > read).map(({ step }) => step),
      known.filter(({ position }) => position > read).map(({ step }) => step),
      'what is still to be told has its steps',
    );
    await goesOn(store, { ids, waiting: '7' }, receiver);
  }));

for (const { schema, file } of dumps()) {
  test(`a data folder of schema ${schema}, as its version left it, opens and goes on`, () =>
    withFolder(async (folder, receiver) => {
      const known = load(file, join(folder, 'partyline.db'), receiver.url);
      const store = await openSqliteStore({ folder, clock: systemClock });
      const feed = await store.calls.feed({ after: 0, limit: 1000 });
      assert.equal(feed.length, known.events);
      for (const callId of Object.values(known.ids)) {
        const log = feed.flatMap(({ event }) => (isOfCall(event) && event.callId === callId ? [event] : []));
        assert.equal(replay(log)?.seq, log.length);
      }
      await goesOn(store, known, receiver);
    }));
}

test('there is a data folder of the schema that this version writes, for the next one to open', async () => {
  await withFolder(async (folder) => {
    await (await openSqliteStore({ folder, clock: systemClock })).close();
    const database = new DatabaseSync(join(folder, 'partyline.db'));
    const newest = database.prepare('select max(number) as newest from migration').get()?.['newest'];
    database.close();
    assert.ok(
      dumps().some(({ schema }) => schema === newest),
      `write it: node server/test/data-folders/write.ts (schema ${newest})`,
    );
  });
});
