import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { RecordingRetention } from './recording-retention.ts';

const hour = 3_600_000;

function stage(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-recordings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const running = new Set<string>();
  const retention = new RecordingRetention({ clock: systemClock, log: silentLog, folder, running: () => running });
  return {
    folder,
    running,
    retention,
    /** A recording of two files that was last written to `hours` ago. */
    record(id: string, hours: number, kilobytes = 8) {
      mkdirSync(join(folder, id), { recursive: true });
      const at = new Date(Date.now() - hours * hour);
      for (const name of ['mix.wav', 'aa.wav']) {
        writeFileSync(join(folder, id, name), Buffer.alloc(kilobytes * 512, 1));
        utimesSync(join(folder, id, name), at, at);
      }
      utimesSync(join(folder, id), at, at);
    },
    left: () => readdirSync(folder).sort(),
  };
}

test('recordings go when they are too old; younger ones, running ones and what is none stay', async (t) => {
  const { folder, running, retention, record, left } = stage(t);
  for (const [id, hours] of Object.entries({ a1: 50, b2: 30, c3: 10, d4: 90 })) record(id, hours);
  running.add('d4');
  record('Not-One', 100);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'Elsewhere'));
  symlinkSync(join(folder, 'Elsewhere'), join(folder, 'link'));
  assert.equal(await retention.prune({ ageMs: 24 * hour, bytes: null }), 2);
  assert.deepEqual(left(), ['Elsewhere', 'Not-One', 'c3', 'd4', 'file', 'link']);
  assert.equal(await retention.prune({ ageMs: 24 * hour, bytes: null }), 0);
  running.clear();
  assert.equal(await retention.prune({ ageMs: 24 * hour, bytes: null }), 1);
  assert.equal(await retention.prune({ ageMs: null, bytes: null }), 0);
});

test('the oldest go when all together are too much, and what is still being written is left alone', async (t) => {
  const { retention, record, left } = stage(t);
  record('a1', 50, 40);
  record('b2', 30, 40);
  record('c3', 10, 40);
  record('d4', 0, 400);
  assert.equal(await retention.prune({ ageMs: null, bytes: 100_000 }), 1);
  assert.deepEqual(left(), ['b2', 'c3', 'd4']);
  assert.equal(await retention.prune({ ageMs: null, bytes: 1 }), 2);
  assert.deepEqual(left(), ['d4']);
});

test('silence that takes no room on the disk does not count', async (t) => {
  const { folder, retention, record, left } = stage(t);
  record('a1', 50, 8);
  const sparse = join(folder, 'a1', 'mix.wav');
  const { truncateSync } = await import('node:fs');
  truncateSync(sparse, 50_000_000);
  const at = new Date(Date.now() - 50 * hour);
  utimesSync(sparse, at, at);
  assert.equal(await retention.prune({ ageMs: null, bytes: 1_000_000 }), 0);
  assert.deepEqual(left(), ['a1']);
});

test('nothing recorded yet is no mistake; a folder that is none is one', async (t) => {
  const { folder, retention } = stage(t);
  rmSync(folder, { recursive: true });
  assert.equal(await retention.prune({ ageMs: hour, bytes: null }), 0);
  writeFileSync(folder, '');
  await assert.rejects(retention.prune({ ageMs: hour, bytes: null }), { code: 'ENOTDIR' });
});

test('a thousand recordings go while everything else runs on', async (t) => {
  const { retention, record, left } = stage(t);
  for (let at = 0; at < 1000; at++) record(`r${at}`, 48, 1);
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  try {
    assert.equal(await retention.prune({ ageMs: 24 * hour, bytes: null }), 1000);
  } finally {
    clearInterval(counting);
  }
  assert.deepEqual(left(), []);
  assert.ok(turns > 100, `${turns} turns of the event loop meanwhile`);
});
