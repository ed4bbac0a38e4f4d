import assert from 'node:assert/strict';
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { SeededRandom } from '../../base/random.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { Command } from '../command.ts';
import { backup } from './backup.ts';
import { restore } from './restore.ts';

const run = (command: Command, ...args: string[]) =>
  command.run({
    args,
    env: {},
    folder: '/',
    clock: systemClock,
    random: new SeededRandom(1),
    say() {},
    note() {},
    onEnd() {},
  });

test('where something in the folder cannot be moved aside, all of it stays as it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-restore-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [data, file] = [join(folder, 'data'), join(folder, 'copy.tar.gz')];
  await (await openSqliteStore({ folder: data, clock: systemClock })).close();
  mkdirSync(join(data, 'recordings', 'r1'), { recursive: true });
  writeFileSync(join(data, 'recordings', 'r1', 'mix.wav'), 'sound');
  writeFileSync(join(data, 'password.key'), 'key');
  assert.equal(await run(backup, file, '--data', data), 0);
  writeFileSync(join(data, 'password.key'), 'key since');
  const before = readdirSync(data).sort();
  // A disk is mounted there.
  const rename = fs.renameSync;
  const mounted = join(data, 'recordings');
  const busy = t.mock.method(fs, 'renameSync', (from: string, to: string) => {
    if (from === mounted) throw Object.assign(new Error('EBUSY: resource busy or locked'), { code: 'EBUSY' });
    rename(from, to);
  });
  syncBuiltinESMExports();
  try {
    await assert.rejects(
      run(restore, file, '--data', data, '--replace'),
      /recordings cannot be moved \(EBUSY\); nothing was changed/,
    );
    assert.deepEqual(readdirSync(data).sort(), before);
    assert.equal(readFileSync(join(data, 'password.key'), 'utf8'), 'key since');
  } finally {
    busy.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(await run(restore, file, '--data', data, '--replace'), 0);
  assert.equal(readFileSync(join(data, 'password.key'), 'utf8'), 'key');
  const aside = readdirSync(data).find((name) => name.startsWith('before-restore-'));
  assert.ok(aside !== undefined && existsSync(join(data, aside, 'recordings', 'r1', 'mix.wav')));
});
