import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolder } from './folders.ts';

const root = mkdtempSync(join(tmpdir(), 'partyline-folders-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('makes what is missing, for its owner alone, and does nothing twice', () => {
  const folder = join(root, 'a/b/c');
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o700);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(root, 'a')).mode & 0o777, 0o700);
});

const impossible: readonly { what: string; path: string; code: RegExp; only?: boolean }[] = [
  { what: 'below /proc', path: '/proc/x', code: /ENOENT|EACCES/, only: existsSync('/proc') },
  { what: 'deep below /proc', path: '/proc/x/y/z', code: /ENOENT|EACCES/, only: existsSync('/proc') },
  { what: 'below a device', path: '/dev/null/x', code: /ENOTDIR/ },
  { what: 'below a file', path: join(root, 'file/x'), code: /ENOTDIR/ },
  { what: 'a file', path: join(root, 'file'), code: /EEXIST/ },
  { what: 'too long a name', path: join(root, 'x'.repeat(300)), code: /ENAMETOOLONG/ },
  { what: 'a name that ends within', path: join(root, 'a\0b'), code: /ERR_INVALID_ARG_VALUE/ },
];

for (const { what, path, code, only = true } of impossible) {
  test(`${what}: says so at once`, { skip: !only }, () => {
    writeFileSync(join(root, 'file'), '');
    assert.throws(
      () => makeFolder(path),
      (error) => code.test((error as NodeJS.ErrnoException).code ?? ''),
    );
  });
}
