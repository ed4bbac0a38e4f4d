import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CannotBeRead, readWhole } from './whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-whole-'));
const skip = process.platform === 'linux' ? false : 'needs mkfifo and /dev';

after(() => rmSync(folder, { recursive: true, force: true }));

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

const cannot = (reason: RegExp) => (error: unknown) => error instanceof CannotBeRead && reason.test(error.message);

test('a file is read whole, however many pieces it takes, and an empty one is empty', () => {
  const path = join(folder, 'file');
  for (const text of ['', 'http: {}\n', 'x'.repeat(200_001)]) {
    writeFileSync(path, text);
    assert.equal(readWhole(path).toString(), text);
  }
  assert.throws(() => readWhole(path, 200_000), cannot(/larger than/));
  assert.throws(() => readWhole(folder), { code: 'EISDIR' });
  assert.throws(() => readWhole(join(folder, 'none')), { code: 'ENOENT' });
});

test('of a pipe what is written there, whenever that begins', { skip }, async () => {
  const path = pipe('written');
  const command = `sleep 0.3; exec > '${path}'; printf one; sleep 0.3; printf two`;
  const writer = spawn('sh', ['-c', command], { stdio: 'ignore' });
  const gone = new Promise((resolve) => writer.once('exit', resolve));
  assert.equal(readWhole(path).toString(), 'onetwo');
  await gone;
});

test('a pipe that nobody writes to and a device without an end are given up', { skip }, () => {
  assert.throws(() => readWhole(pipe('silent'), undefined, 100), cannot(/nothing came of it for 0\.1 s/));
  assert.throws(() => readWhole('/dev/zero', 1024 ** 2), cannot(/larger than 1 MB/));
  assert.equal(readWhole('/dev/null').length, 0);
});
