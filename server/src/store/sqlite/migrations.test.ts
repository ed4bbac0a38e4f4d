import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { streamOf } from '../../call/model/event-log.ts';
import { openDatabase } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import * as foundation from './migrations/0001-foundation.ts';
import { openSqliteStore } from './sqlite-store.ts';

const organization = "insert into organization values (3, 'Default', '0003', 1)";
const conference = `insert into conference values
  ('3-211-3', '3-211', '3', '2113', 'Weekly', '2233', null, 50, '"always"', 'choice', 1, 0, 1, 0, 1, 1)`;
const trunk = "insert into trunk values ('carrier', 'sip:127.0.0.1:5080', 'u', 'p', 1, 1)";

/** A database as the first version left it, closed. */
async function firstVersion(folder: string, statements: readonly string[]): Promise<string> {
  const file = join(folder, 'partyline.db');
  const db = new Kysely<{ migration: { number: number; name: string } }>({
    dialect: sqliteDialect(openDatabase(file)),
  });
  await foundation.up(db as unknown as Kysely<unknown>);
  await db.destroy();
  const database = new DatabaseSync(file);
  database.exec('pragma application_id = 0x504c4e31');
  database.exec('create table migration (number integer primary key, name text not null)');
  database.exec("insert into migration values (1, 'foundation')");
  for (const statement of statements) database.exec(statement);
  database.close();
  return file;
}

/** Two calls, one open, whose events came mixed; seqs of one call may share a time. */
const calls = [
  "insert into call values (1, 'a', '3', 100, 300, 4), (2, 'b', '3', 150, null, 3)",
  `insert into event values
    (1, 1, 100, 'held', 'a-1', 'normal', '{}'), (1, 2, 200, 'held', 'a-1', 'normal', '{}'),
    (1, 3, 200, 'held', 'a-1', 'normal', '{}'), (1, 4, 300, 'callCleared', null, 'normal', '{}'),
    (2, 1, 150, 'held', 'b-1', 'normal', '{}'), (2, 2, 200, 'held', 'b-1', 'normal', '{}'),
    (2, 3, 400, 'held', 'b-1', 'normal', '{}')`,
  `insert into call_record values (1, 'a-1', 'a', '3', '3-15000', null,
    '{"kind":"extension","number":"15000","name":"","extensionId":"3-15000"}',
    '{"kind":"external","number":"555","name":"","extensionId":null}',
    'incoming', 100, null, 150, 300, 'answered', 'normal')`,
];

test('a database of the first version is carried over: calls, records, directory; and goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-migrate-'));
  try {
    await firstVersion(folder, [organization, conference, trunk, ...calls]);
    for (const round of [1, 2]) {
      const store = await openSqliteStore({ folder, clock: new VirtualClock() });
      const feed = await store.calls.feed({ after: 0, limit: 99 });
      assert.deepEqual(
        feed.map(({ position, event }) => `${position} ${streamOf(event).id}${event.seq}`),
        ['1 a1', '2 b1', '3 a2', '4 a3', '5 b2', '6 a4', '7 b3'],
        `round ${round}`,
      );
      assert.equal(await store.calls.lastPosition(), 7);
      assert.deepEqual(
        (await store.calls.openCalls()).map(({ callId, lastSeq }) => [callId, lastSeq]),
        [['b', 3]],
      );
      const [record] = await store.calls.records({});
      assert.partialDeepStrictEqual(record, {
        id: 'a-1',
        legId: null,
        role: 'participant',
        charged: null,
        to: { number: '555' },
      });
      const { conferences, trunks } = await store.directory.load();
      assert.partialDeepStrictEqual(conferences, [{ id: '3-211-3', name: 'Weekly', recordTone: false }]);
      assert.equal(conferences[0]?.participantPin?.reveal(), '2233');
      assert.partialDeepStrictEqual(trunks, [
        { name: 'carrier', uri: 'sip:127.0.0.1:5080', uris: ['sip:127.0.0.1:5080'], username: 'u', prack: 'supported' },
      ]);
      await store.close();
    }
    const store = await openSqliteStore({ folder, clock: new VirtualClock() });
    const end = {
      callId: 'b',
      seq: 4,
      at: 500,
      connectionId: null,
      cause: 'normal',
      type: 'callCleared',
      data: {},
    } as const;
    await store.calls.append([end], []);
    assert.deepEqual(await store.calls.feed({ after: 7, limit: 9 }), [{ position: 8, step: 8, event: end }]);
    assert.deepEqual(await store.calls.openCalls(), []);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a migration that fails leaves what was there, whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-migrate-'));
  try {
    // The last table that the migration makes is there already.
    const file = await firstVersion(folder, [...calls, 'create table webhook_cursor (x text)']);
    const schema = () => {
      const database = new DatabaseSync(file);
      const tables = database.prepare('select name, sql from sqlite_master order by name').all();
      const done = database.prepare('select number from migration').all();
      database.close();
      return { tables, done };
    };
    const before = schema();
    await assert.rejects(openSqliteStore({ folder, clock: new VirtualClock() }), /webhook_cursor.* already exists/);
    assert.deepEqual(schema(), before);
    const database = new DatabaseSync(file);
    database.exec('drop table webhook_cursor');
    database.close();
    const store = await openSqliteStore({ folder, clock: new VirtualClock() });
    assert.equal(await store.calls.lastPosition(), 7);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
