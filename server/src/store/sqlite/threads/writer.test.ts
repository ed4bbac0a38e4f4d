import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { StoreError } from '../../store-error.ts';
import { GroupWriter } from './writer.ts';

test('a full disk refuses what does not fit, keeps what is there, and goes on when there is room again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-writer-'));
  const file = join(folder, 'x.db');
  const writer = new GroupWriter({ file, clock: systemClock });
  try {
    await writer.write([{ sql: 'create table t (a text not null)', parameters: [] }]);
    await writer.write([{ sql: 'pragma max_page_count = 5', parameters: [] }]);
    const insert = (size: number) =>
      writer.write([{ sql: 'insert into t values (?)', parameters: ['x'.repeat(size)] }]);
    await insert(10);
    await assert.rejects(insert(100_000), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.failure, 'failed');
      assert.match(error.message, /^nothing was stored: database or disk is full$/);
      return true;
    });
    await writer.write([{ sql: 'pragma max_page_count = 1000000', parameters: [] }]);
    await insert(100_000);
    await writer.close();
    const database = new DatabaseSync(file);
    const lengths = database.prepare('select length(a) as n from t').all();
    assert.deepEqual(
      lengths.map((row) => row['n']),
      [10, 100_000],
    );
    database.close();
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('idle a write waits for nobody; under load commits begin 4 ms apart, and closing waits for none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-writer-'));
  const clock = new VirtualClock();
  const writer = new GroupWriter({ file: join(folder, 'x.db'), clock });
  let written = 0;
  const insert = () => writer.write([{ sql: 'insert into t values (?)', parameters: [1] }]).then(() => void written++);
  try {
    await writer.write([{ sql: 'create table t (a integer)', parameters: [] }]);
    // One after the other, in no time at all.
    for (let i = 0; i < 20; i++) await insert();
    assert.equal(writer.counters().commits, 21);
    await Promise.all(Array.from({ length: 100 }, insert));
    clock.advance(100);
    await insert();
    const { commits } = writer.counters();
    written = 0;
    const group = [insert(), insert(), insert()];
    clock.advance(3);
    for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done));
    assert.deepEqual([written, writer.counters().waiting], [0, 3]);
    clock.advance(1);
    await Promise.all(group);
    assert.deepEqual([written, writer.counters().commits], [3, commits + 1]);
    const last = insert();
    await writer.close();
    await last;
    assert.deepEqual([written, clock.pending], [4, 0]);
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what is written comes into the database while it is written, and the log stays short', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-writer-'));
  const file = join(folder, 'x.db');
  const writer = new GroupWriter({ file, clock: systemClock });
  try {
    await writer.write([{ sql: 'create table t (a text not null)', parameters: [] }]);
    const text = 'x'.repeat(2000);
    for (let i = 0; i < 2000; i++) await writer.write([{ sql: 'insert into t values (?)', parameters: [text] }]);
    assert.ok(statSync(file).size > 2_000_000, `the database has ${statSync(file).size} bytes`);
    assert.ok(statSync(`${file}-wal`).size < 8_000_000, `the log has ${statSync(`${file}-wal`).size} bytes`);
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('when the thread cannot open its file, every write is refused and close still ends', async () => {
  const writer = new GroupWriter({ file: '/nowhere/at/all/x.db', clock: systemClock });
  await assert.rejects(writer.write([{ sql: 'select 1', parameters: [] }]), /the writer thread failed/);
  await assert.rejects(writer.write([{ sql: 'select 1', parameters: [] }]), StoreError);
  await writer.close();
});
