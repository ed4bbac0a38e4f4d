import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writePrivateFile } from './private-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'private-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (file: string) => statSync(file).mode & 0o777;

test('a new file is readable by its owner alone, and is not written over unasked', () => {
  const file = join(folder, 'new');
  writePrivateFile(file, 'one', { replace: false });
  assert.equal(modeOf(file), 0o600);
  assert.throws(() => writePrivateFile(file, 'two', { replace: false }), { code: 'EEXIST' });
  assert.equal(readFileSync(file, 'utf8'), 'one');
});

test('a file that all could read is readable by its owner alone when it is written over', () => {
  const file = join(folder, 'old');
  writeFileSync(file, 'something longer');
  chmodSync(file, 0o644);
  writePrivateFile(file, 'two', { replace: true });
  assert.equal(modeOf(file), 0o600);
  assert.equal(readFileSync(file, 'utf8'), 'two');
});

test('a device keeps its rights', () => {
  const before = statSync('/dev/null').mode;
  writePrivateFile('/dev/null', 'gone', { replace: true });
  assert.equal(statSync('/dev/null').mode, before);
});
