import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { keyOfFolder } from '../key-file.ts';
import { StoreError, type StoreFailure } from '../store-error.ts';
import { storeContract } from '../testing/contract.ts';
import { endOf, eventOf, recordOf } from '../testing/contract-places.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-store-'));
  folders.push(folder);
  return folder;
}

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const clock = new VirtualClock();

storeContract('sqlite', async () => {
  const folder = newFolder();
  return {
    open: () => openSqliteStore({ folder, clock }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

async function refused(folder: string, failure: StoreFailure, message: RegExp): Promise<void> {
  await assert.rejects(openSqliteStore({ folder, clock }), (error) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.failure, failure);
    assert.match(error.message, message);
    assert.ok(!error.message.includes('\n'), 'one line');
    return true;
  });
}

test('a key of the folder: made once, for its owner alone, not in the database, anew when it is damaged', async () => {
  const folder = newFolder();
  const store = await openSqliteStore({ folder, clock });
  const key = keyOfFolder(folder, 'x.key', systemRandom);
  assert.equal(key.length, 32);
  assert.deepEqual(keyOfFolder(folder, 'x.key', systemRandom), key);
  assert.equal(statSync(join(folder, 'x.key')).mode & 0o777, 0o600);
  await store.close();
  assert.ok(!readFileSync(join(folder, 'partyline.db')).includes(key.toString('hex')));
  writeFileSync(join(folder, 'x.key'), 'short');
  const anew = keyOfFolder(folder, 'x.key', systemRandom);
  assert.notDeepEqual(anew, key);
  assert.deepEqual(keyOfFolder(folder, 'x.key', systemRandom), anew);
  mkdirSync(join(folder, 'y.key'));
  assert.throws(() => keyOfFolder(folder, 'y.key', systemRandom), StoreError);
});

describe('opening', () => {
  test('makes the folder, readable by its owner alone', async () => {
    const folder = join(newFolder(), 'a', 'b');
    const store = await openSqliteStore({ folder, clock });
    await store.calls.append([eventOf('a', 1)], []);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ['partyline.db', 'partyline.db-wal', 'partyline.lock']) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
    await store.close();
  });

  test('a folder that cannot be made', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    await refused(join(folder, 'file'), 'unwritable', /^the data folder .* cannot be written \(EEXIST\)$/);
    await refused(join(folder, 'file', 'x'), 'unwritable', /^the data folder .* cannot be written \(ENOTDIR\)$/);
    mkdirSync(join(folder, 'partyline.db'));
    await refused(folder, 'unwritable', /cannot be written/);
  });

  test('something that is not a database stays as it is', async () => {
    const folder = newFolder();
    const file = join(folder, 'partyline.db');
    const text = 'my shopping list '.repeat(200);
    writeFileSync(file, text);
    await refused(folder, 'foreign', /is not a Partyline database$/);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  test("another program's database stays as it is", async () => {
    const folder = newFolder();
    const file = join(folder, 'partyline.db');
    const other = new DatabaseSync(file);
    other.exec('create table recipe (name text)');
    other.close();
    const before = readFileSync(file);
    await refused(folder, 'foreign', /is a database of another program$/);
    assert.deepEqual(readFileSync(file), before);
  });

  test('a later version', async () => {
    const folder = newFolder();
    await (await openSqliteStore({ folder, clock })).close();
    const database = new DatabaseSync(join(folder, 'partyline.db'));
    database.exec("insert into migration values (999, 'future')");
    database.close();
    await refused(folder, 'newer', /written by a later version: it has schema 999 \(future\), this version knows \d+$/);
  });

  test('a damaged file is reported', async () => {
    const folder = newFolder();
    await (await openSqliteStore({ folder, clock })).close();
    const file = join(folder, 'partyline.db');
    const bytes = readFileSync(file);
    bytes.fill(0xaa, 100, 4096);
    writeFileSync(file, bytes);
    await refused(folder, 'damaged', /is damaged$/);
  });

  test('one server per folder; the claim ends with close', async () => {
    const folder = newFolder();
    const store = await openSqliteStore({ folder, clock });
    await refused(folder, 'inUse', /is in use by another server$/);
    await store.close();
    await (await openSqliteStore({ folder, clock })).close();
  });
});

describe('under load', () => {
  test('many calls at once: whole, numbered, and far faster than one commit each', async () => {
    const store = await openSqliteStore({ folder: newFolder(), clock });
    const calls = 500;
    const perCall = 20;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: calls }, async (_, at) => {
        for (let seq = 1; seq < perCall; seq++) await store.calls.append([eventOf(`c${at}`, seq)], []);
        await store.calls.append([endOf(`c${at}`, perCall)], [recordOf(`r${at}`, `c${at}`)]);
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    const { commits, appends, waiting } = store.counters();
    console.log(`${Math.round((calls * perCall) / seconds)} events/s, ${appends} appends in ${commits} commits`);
    assert.equal(appends, calls * perCall);
    assert.ok(commits < appends / 10, `${commits} commits`);
    assert.equal(waiting, 0);
    assert.deepEqual(await store.calls.openCalls(), []);
    assert.equal((await store.calls.eventsOf('c7')).length, perCall);
    await store.close();
  });

  test('what waits is bounded: beyond it an append is refused at once, and the rest is stored', async () => {
    const store = await openSqliteStore({ folder: newFolder(), clock, maxWaiting: 100 });
    const results = await Promise.allSettled(
      Array.from({ length: 300 }, (_, at) => store.calls.append([eventOf(`c${at}`, 1)], [])),
    );
    const refusals = results.filter((result) => result.status === 'rejected');
    assert.ok(refusals.length > 0 && refusals.length < 300);
    for (const { reason } of refusals) assert.equal((reason as StoreError).failure, 'overloaded');
    assert.equal((await store.calls.openCalls()).length, 300 - refusals.length);
    await store.calls.append([eventOf('after', 1)], []);
    await store.close();
  });

  test('lists are read for organizations in turn: whoever asks for many at once keeps nobody else waiting, pruning neither', async () => {
    const store = await openSqliteStore({ folder: newFolder(), clock });
    const done: string[] = [];
    const list = async (organizationId: string) => {
      const all = { organizationId, prefix: '', extensionIds: null, from: 0, to: null } as const;
      await store.calls.phoneCallPage({ ...all, order: 'descending', offset: 0, limit: 10 });
      done.push(organizationId);
    };
    const many = Array.from({ length: 300 }, () => list('1'));
    const others = [list('2'), store.calls.recentCalls({ organizationId: '3', limit: 10 }).then(() => done.push('3'))];
    const pruning = store.prune({ eventsFrom: 1, mostEvents: 9, recordsFrom: 1, mostRecords: 9, mostRequests: 9 });
    await Promise.all([...others, pruning]);
    assert.ok(done.length < 30, `${done.length} lists were read before`);
    await Promise.all(many);
    await store.close();
  });

  test('of one organization half as many lists wait as in all: beyond it one is refused at once', async () => {
    const store = await openSqliteStore({ folder: newFolder(), clock });
    const list = (organizationId: string) => store.calls.records({ organizationId });
    const results = Promise.allSettled(Array.from({ length: 2500 }, () => list('1')));
    assert.deepEqual(await list('2'), []);
    const refusals = (await results).filter((result) => result.status === 'rejected');
    assert.equal(refusals.length, 1499);
    for (const { reason } of refusals) assert.equal((reason as StoreError).failure, 'overloaded');
    await store.close();
  });

  test('where live clients go on from is found however many lists of their organization wait: all are told in one order', async () => {
    const store = await openSqliteStore({ folder: newFolder(), clock });
    await store.calls.append([eventOf('c1', 1)], []);
    let read = 0;
    const list = () => store.calls.records({ organizationId: '1' }).then(() => void read++);
    const lists = Promise.allSettled(Array.from({ length: 1200 }, list));
    await store.calls.runningAt({ organizationId: '1', position: 1 });
    assert.ok(read < 30, `${read} lists were read before`);
    await lists;
    await store.close();
  });

  test('what is asked often, or in passing, is found through an index of its own', async () => {
    const folder = newFolder();
    await (await openSqliteStore({ folder, clock })).close();
    const database = new DatabaseSync(join(folder, 'partyline.db'));
    for (const [question, index] of [
      ["select number, id from stream where kind = 'call' and ended_at is null order by number", 'stream_open'],
      [
        "select number from stream where kind = 'attempt' and organization_id = '3' order by number desc limit 9",
        'stream_attempt',
      ],
      ['select coalesce(max(position), 0) + 1 from event', 'event_position'],
      ['select * from event where position > 5 order by position limit 9', 'event_position'],
      ["select * from call_record where leg_id = 'x'", 'call_record_leg'],
      ["select * from webhook_delivery where lane = 'x' and position > 5 order by position", 'webhook_delivery_lane'],
      ['delete from token where expires_at <= 5', 'token_expires_at'],
      ['delete from known_request where at < 5', 'known_request_at'],
    ]) {
      const plan = JSON.stringify(database.prepare(`explain query plan ${question}`).all());
      assert.match(plan, new RegExp(`using (covering )?index ${index}`, 'i'), question);
      assert.ok(!plan.includes('TEMP B-TREE'), question);
    }
    database.close();
  });
});
