import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missingPrompts } from './prompts.ts';

test('missing prompts are told in one line', (t) => {
  const ours = fileURLToPath(new URL('../../prompts', import.meta.url));
  assert.equal(missingPrompts(ours), null);
  const folder = mkdtempSync(join(tmpdir(), 'partyline-prompts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.match(missingPrompts(folder) ?? '', /^prompts are missing: .*prompts\.txt cannot be read.*$/);
  cpSync(ours, folder, { recursive: true });
  assert.equal(missingPrompts(folder), null);
  rmSync(join(folder, 'en/enter-pin.wav'));
  assert.match(missingPrompts(folder) ?? '', /^prompts are missing: en\/enter-pin\.wav of .*$/);
  rmSync(join(folder, 'music.wav'));
  assert.match(missingPrompts(folder) ?? '', /^prompts are missing: music\.wav and 1 more of .*$/);
});
