import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const count = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i);

test('what the kernel does not take at once leaves as it was sent, and of what waits there is an end', async () => {
  const script = join(import.meta.dirname, 'testing/late-kernel.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--test-udp-no-try-send', script], {
    timeout: 30_000,
  });
  assert.deepEqual(JSON.parse(stdout), { one: count(64), other: count(10, 100), unsent: 36 });
});
