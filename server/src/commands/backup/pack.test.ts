import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pack } from './pack.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-pack-'));
after(() => rmSync(folder, { recursive: true }));

test('files that grow, go and come meanwhile: each is as it was at some moment', async () => {
  const data = join(folder, 'data');
  mkdirSync(join(data, 'r-1'), { recursive: true });
  const large = Buffer.from('0123456789'.repeat(300_000));
  writeFileSync(join(data, 'r-1/a.wav'), large);
  writeFileSync(join(data, 'r-1/b.wav'), 'begins');
  writeFileSync(join(data, 'r-1/empty.wav'), '');
  const long = `${'n'.repeat(120)}.wav`;
  writeFileSync(join(data, 'r-1', long), 'long name');
  const grow = setInterval(() => {
    for (const name of ['a.wav', 'b.wav']) appendFileSync(join(data, 'r-1', name), '0123456789'.repeat(7));
    writeFileSync(join(data, 'r-1/gone.wav'), 'x');
    rmSync(join(data, 'r-1/gone.wav'));
  });
  for (let round = 0; round < 8; round++) {
    const file = join(folder, `${round}.tar.gz`);
    await pack(file, [
      { name: 'recordings', path: data },
      { name: 'one.key', path: join(data, 'r-1/empty.wav') },
      { name: 'nothing', path: join(data, 'nothing') },
    ]);
    const out = join(folder, `out-${round}`);
    mkdirSync(out);
    execFileSync('tar', ['-xzf', file, '-C', out]);
    const whole = readFileSync(join(data, 'r-1/a.wav'));
    const packed = readFileSync(join(out, 'recordings/r-1/a.wav'));
    assert.ok(packed.length >= large.length && packed.equals(whole.subarray(0, packed.length)));
    assert.match(readFileSync(join(out, 'recordings/r-1/b.wav'), 'latin1'), /^begins\d*$/);
    assert.equal(readFileSync(join(out, 'recordings/r-1', long), 'latin1'), 'long name');
    assert.equal(statSync(join(out, 'one.key')).size, 0);
    assert.equal(statSync(join(out, 'one.key')).mode & 0o777, 0o600);
  }
  clearInterval(grow);
});

test('where nothing can be written, it says so', async () => {
  await assert.rejects(pack(join(folder, 'no/such/folder.tar.gz'), [{ name: 'a', path: folder }]), { code: 'ENOENT' });
  const full = pack('/dev/full', [{ name: 'out', path: folder }]);
  await assert.rejects(full, { code: 'ENOSPC' });
});
