import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { until } from '../../base/testing/wait.ts';
import { openSqliteStore } from './sqlite-store.ts';

test('a store that is locked says so, and that it is well again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-health-'));
  const store = await openSqliteStore({ folder, clock: systemClock });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await until('it is well', async () => (await store.trouble()) === null);
  const other = new DatabaseSync(join(folder, 'partyline.db'));
  other.exec('begin immediate');
  await until('it is locked', async () => /locked/.test((await store.trouble()) ?? ''));
  other.exec('rollback');
  other.close();
  await until('it is well again', async () => (await store.trouble()) === null);
});

test('a database that was removed or replaced while it is open is told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-gone-'));
  const file = join(folder, 'partyline.db');
  const store = await openSqliteStore({ folder, clock: systemClock });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const removed = async () => /removed or replaced/.test((await store.trouble()) ?? '');
  await until('it is well', async () => (await store.trouble()) === null);
  renameSync(file, `${file}.away`);
  await until('it is gone', removed);
  writeFileSync(file, '');
  await until('another is in its place', removed);
  renameSync(`${file}.away`, file);
  await until('it is well again', async () => (await store.trouble()) === null);
  rmSync(folder, { recursive: true });
  await until('the folder is gone', removed);
});

test('a full disk is told, and that there is room again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    t.skip('needs the right to mount a small file system');
    return;
  }
  const store = await openSqliteStore({ folder: join(folder, 'data'), clock: systemClock });
  t.after(async () => {
    await store.close();
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  await until('it is well', async () => (await store.trouble()) === null);
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize - 4096));
  await until('it is full', async () => /full/.test((await store.trouble()) ?? ''));
  rmSync(join(folder, 'filler'));
  await until('there is room again', async () => (await store.trouble()) === null);
});
