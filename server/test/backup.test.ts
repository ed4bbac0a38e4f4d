import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../src/base/testing/wait.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { partyline } from './peers/command.ts';
import { PartylineServer } from './peers/partyline.ts';

/** A backup of a server that is running, and what a restored server knows. */

let folder: string;
let server: PartylineServer;
let carrier: SandboxCarrier;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-backup-'));
  server = await PartylineServer.start();
  carrier = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: server.sipPort } });
});

after(async () => {
  await carrier?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const data = () => join(server.folder, 'data');

/** A guest's call into the open conference, heard and over. */
async function oneCall(): Promise<void> {
  const call = carrier.dial('201*1', { from: 'guest' });
  await call.answered;
  call.hangUp();
  await call.ended;
  await server.quiet();
}

test('a backup is whole while calls go on, and a restored server knows what was', async () => {
  await oneCall();
  const recording = join(data(), 'recordings', 'r-1');
  mkdirSync(recording, { recursive: true });
  writeFileSync(join(recording, 'mix.wav'), 'what was said');
  const observed = join(data(), 'observation');
  mkdirSync(observed, { recursive: true });
  writeFileSync(join(observed, '0000000009-1.signalling'), 'who said what');
  const ended = await server.endedCalls();
  let busy = true;
  const calls = (async () => {
    while (busy) await oneCall();
  })();
  // As a recording and what is seen of the calls do.
  const growing = [join(recording, 'mix.wav'), join(observed, '0000000009-1.signalling')];
  const grow = setInterval(() => {
    for (const one of growing) appendFileSync(one, ' and more');
  });
  const file = join(folder, 'one.tar.gz');
  const made = await partyline(['backup', file, '--data', data()], { cwd: folder });
  busy = false;
  clearInterval(grow);
  await calls;
  assert.equal(made.code, 0, made.err);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['one.tar.gz'], 'nothing is left beside it');
  const listed = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' });
  for (const name of [
    'partyline-backup.json',
    'partyline.db',
    'password.key',
    'recordings/r-1/mix.wav',
    'observation/0000000009-1.signalling',
  ]) {
    assert.ok(listed.includes(name), `${name} in ${listed}`);
  }
  const again = await partyline(['backup', file, '--data', data()], { cwd: folder });
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already/);
  const ontoFolder = await partyline(['backup', '.', '--force', '--data', data()], { cwd: folder });
  assert.equal(ontoFolder.code, 1, ontoFolder.err);
  assert.match(ontoFolder.err, /cannot be written: it is a folder; name a file in it/);

  const whileRunning = await partyline(['restore', file, '--data', data(), '--replace'], { cwd: folder });
  assert.equal(whileRunning.code, 4);
  assert.match(whileRunning.err, /in use by another server; end that one first/);

  await oneCall();
  server.signal('SIGTERM');
  await server.exit(20_000);
  const unasked = await partyline(['restore', file, '--data', data()], { cwd: folder });
  assert.equal(unasked.code, 1);
  assert.match(unasked.err, /holds data already.*--replace/);
  const restored = await partyline(['restore', file, '--data', data(), '--replace'], { cwd: folder });
  assert.equal(restored.code, 0, restored.err);
  assert.match(restored.out, /restored to .*what was there is in .*before-restore-/);
  assert.match(readFileSync(join(recording, 'mix.wav'), 'utf8'), /^what was said( and more)*$/);
  assert.equal(statSync(join(recording, 'mix.wav')).mode & 0o777, 0o600);
  assert.equal(statSync(join(data(), 'partyline.db')).mode & 0o777, 0o600);
  await server.restart();
  const known = new Set((await server.endedCalls()).map(({ id }) => id));
  for (const { id } of ended) assert.ok(known.has(id), 'what had ended before is there');
});

test('what is no backup, or damaged, changes nothing', async () => {
  const file = join(folder, 'two.tar.gz');
  assert.equal((await partyline(['backup', file, '--data', data()], { cwd: folder })).code, 0);
  const whole = readFileSync(file);
  const target = join(folder, 'fresh');
  const restore = (...more: string[]) => partyline(['restore', file, '--data', target, ...more], { cwd: folder });
  const checked = await restore('--dry-run');
  assert.equal(checked.code, 0, checked.err);
  assert.equal(existsSync(target), false, 'not even an empty folder is left');
  const mistakes: [string, Buffer | string][] = [
    ['cut off', whole.subarray(0, whole.length >> 1)],
    ['text', 'hello'],
    ['empty', ''],
  ];
  for (const [what, bytes] of mistakes) {
    writeFileSync(file, bytes);
    const { code, err } = await restore();
    assert.equal(code, 1, `${what}: ${err}`);
    assert.match(err, /(no backup|damaged).*; nothing was changed: take another backup/, what);
    assert.equal(existsSync(join(target, 'partyline.db')), false);
    assert.equal(existsSync(target), false, what);
  }
  const unpacked = mkdtempSync(join(folder, 'unpacked-'));
  const archive = (what: object) => {
    writeFileSync(join(unpacked, 'partyline-backup.json'), JSON.stringify({ product: 'partyline', at: '', ...what }));
    execFileSync('tar', ['-C', unpacked, '-czf', file, '.']);
  };
  archive({ format: 2 });
  const later = await restore();
  assert.equal(later.code, 1);
  assert.match(later.err, /was written by a later version; nothing was changed: restore it with that version/);
  assert.equal(existsSync(target), false);

  mkdirSync(join(unpacked, 'observation'));
  for (let at = 0; at < 10_000; at++) writeFileSync(join(unpacked, 'observation', `${at}.samples`), 'x');
  archive({ format: 1 });
  const ended = await partyline(['restore', file, '--data', target], {
    cwd: folder,
    until: async () => {
      const begun = () => existsSync(target) && readdirSync(target).some((name) => name.startsWith('restoring-'));
      await until('the unpacking to begin', begun);
    },
  });
  assert.equal(ended.code, 1, ended.err);
  assert.equal(existsSync(target), false, 'ended by Ctrl-C it takes away what it had unpacked');
  assert.equal((await partyline(['restore', join(folder, 'none'), '--data', target], { cwd: folder })).code, 1);
  const nowhere = await partyline(['backup', join(folder, 'x.tar.gz'), '--data', folder], { cwd: folder });
  assert.equal(nowhere.code, 4);
  assert.match(nowhere.err, /no data folder.*--data/);
});
