import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SegmentLog } from './segment-log.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-seen-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'seen');
}

async function all(log: SegmentLog, from = 0, to = 1e15): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of log.read({ from, to })) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

test('what is appended is read again, also by the next run, and only from the files of that time', async (t) => {
  const folder = folderFor(t);
  const options = { folder, suffix: 'sip', log: silentLog, mostBytes: 1000, segmentBytes: 4 };
  const log = new SegmentLog(options);
  log.append(Buffer.from('abcd'), 10);
  log.append(Buffer.from('efgh'), 20);
  assert.equal(await all(log), 'abcdefgh');
  await log.close();
  const next = new SegmentLog(options);
  next.append(Buffer.from('ij'), 30);
  assert.equal(await all(next), 'abcdefghij');
  assert.equal(await all(next, 21, 29), 'efgh');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
});

test('the oldest makes room, and what is old enough goes', async (t) => {
  const log = new SegmentLog({ folder: folderFor(t), suffix: 'sip', log: silentLog, mostBytes: 8, segmentBytes: 4 });
  for (const [at, text] of ['aaaa', 'bbbb', 'cccc'].entries()) log.append(Buffer.from(text), at * 10);
  assert.equal(await all(log), 'bbbbcccc');
  await log.prune(20);
  assert.equal(await all(log), 'cccc');
});

test('a folder that cannot be written to costs what is seen, and nothing else', async () => {
  const log = new SegmentLog({ folder: '/proc/nowhere', suffix: 'sip', log: silentLog, mostBytes: 100 });
  log.append(Buffer.from('x'), 1);
  assert.equal(await all(log), '');
  assert.equal(log.dropped, 1);
  const off = new SegmentLog({ folder: '/proc/nowhere', suffix: 'sip', log: silentLog, mostBytes: 0 });
  off.append(Buffer.from('x'), 1);
  assert.equal(off.dropped, 0);
});
