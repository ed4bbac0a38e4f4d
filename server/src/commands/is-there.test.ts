import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isThere } from './is-there.ts';

const folder = mkdtempSync(join(tmpdir(), 'is-there-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('what is there, what is not, and what cannot be looked at are three answers', () => {
  writeFileSync(join(folder, 'file'), '');
  // Refused to root as well, where a right that is missing would not be.
  symlinkSync(join(folder, 'round'), join(folder, 'round'));
  assert.equal(isThere(join(folder, 'file'), 4), true);
  assert.equal(isThere(join(folder, 'none'), 4), false);
  assert.equal(isThere(join(folder, 'file', 'none'), 4), false);
  assert.throws(() => isThere(join(folder, 'round', 'file'), 4), {
    exitCode: 4,
    message: /cannot be looked at by this user \(ELOOP\)/,
  });
});
