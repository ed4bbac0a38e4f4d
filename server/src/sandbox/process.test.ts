import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { until } from '../base/testing/wait.ts';
import { SandboxCarrier } from './carrier.ts';
import { SandboxProcess } from './process.ts';

/** The carrier in its own process: started, called, killed, ended, and gone with its parent. */

const phones: SandboxCarrier[] = [];
after(async () => {
  for (const phone of phones) await phone.close();
});

async function phoneFor(uri: string): Promise<SandboxCarrier> {
  const [, address = '', port = ''] = /^sip:([\d.]+):(\d+)$/.exec(uri) ?? [];
  const phone = await SandboxCarrier.start({ server: { address, port: Number(port) }, behaviours: false });
  phones.push(phone);
  return phone;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('it is started on a free port, answers, and ends its calls and itself when closed', async () => {
  const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1 });
  const { pid } = sandbox;
  assert.ok(pid > 0 && pid !== process.pid && alive(pid));
  assert.ok(sandbox.numbers.length > 10);
  const phone = await phoneFor(sandbox.uri);
  assert.equal((await phone.dial('2025550130').ended).status, 486);
  const call = phone.dial('2025550100');
  await call.answered;
  await Promise.all([sandbox.close(), sandbox.close()]);
  assert.equal((await call.ended).by, 'them');
  assert.equal(alive(pid), false);
});

test('compiled code is kept where it may be, and used at the next start', async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'sandbox-cache-'));
  try {
    for (let start = 0; start < 2; start++) {
      const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1, cacheFolder });
      const phone = await phoneFor(sandbox.uri);
      assert.equal((await phone.dial('2025550130').ended).status, 486);
      await sandbox.close();
      assert.ok((await readdir(cacheFolder, { recursive: true })).length > 20);
    }
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
});

test('one that dies alone is started again on its port', async () => {
  const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1 });
  const { uri, pid } = sandbox;
  process.kill(pid, 'SIGKILL');
  await until('another process', () => sandbox.pid !== 0 && sandbox.pid !== pid);
  const phone = await phoneFor(uri);
  // Dialled until it listens: the process is there a moment before.
  assert.equal((await phone.dial('2025550130').ended).status, 486);
  assert.equal(sandbox.uri, uri);
  await sandbox.close();
  assert.equal(alive(sandbox.pid), false);
});

test('it does not outlive its parent, however that one ends, and keeps no parent alive', async (t) => {
  const code = `
    const [processUrl, logUrl, mode] = process.argv.slice(1);
    const { SandboxProcess } = await import(processUrl);
    const { silentLog } = await import(logUrl);
    const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1 });
    console.log(sandbox.pid);
    if (mode === 'stay') setInterval(() => {}, 1000);
  `;
  const modules = ['./process.ts', '../base/log.ts'].map((path) => new URL(path, import.meta.url).href);
  for (const mode of ['stay', 'leave']) {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code, ...modules, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => parent.kill('SIGKILL'));
    const ended = new Promise<string | null>((resolve) => parent.once('exit', (_code, signal) => resolve(signal)));
    const said = new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data))));
    // What ends before it has said anything is not waited for.
    const pid = Number(await Promise.race([said, ended]));
    assert.ok(pid > 0);
    if (mode === 'stay') {
      assert.ok(alive(pid));
      parent.kill('SIGKILL');
    }
    assert.equal(await ended, mode === 'stay' ? 'SIGKILL' : null);
    await until(`the sandbox of a parent that was to ${mode} to be gone`, () => !alive(pid));
  }
});

test('a start that cannot be is told', async () => {
  const promptsFolder = '/nowhere';
  const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1, promptsFolder });
  // Prompts that are missing are no reason: signals are played in their place.
  const phone = await phoneFor(sandbox.uri);
  const call = phone.dial('2025550110');
  await call.answered;
  await call.hearsSound();
  await sandbox.close();
  await assert.rejects(SandboxProcess.start({ log: silentLog, seed: Number.NaN }), /did not start/);
});
