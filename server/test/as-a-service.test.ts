import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort, mediaRange } from '../src/base/testing/free-port.ts';
import { catches, startChild } from './peers/children.ts';
import { sleep, waitFor } from './peers/wait.ts';

/** What systemd does with it, and other scripts that start it and at once want something of it. */

const launcher = fileURLToPath(new URL('../../scripts/partyline.mjs', import.meta.url));
const skip = process.platform === 'linux' ? false : 'needs /proc';
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-manager-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function launch(name: string, env: Record<string, string> = {}) {
  const range = mediaRange(100);
  const media = { rtpPorts: `${range.from}-${range.to}`, webrtcPort: await freePort(), processes: 1 };
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ http: { port: 0 }, sip: { port: 0 }, media, sandbox: 'off' }));
  const { npm_lifecycle_event: _, ...outside } = process.env;
  const child = startChild(process.execPath, [launcher, 'start', '--config', file], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...outside, PARTYLINE_DATA: join(folder, `data-${name}`), INIT_CWD: folder, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes) => {
      text += bytes;
    });
  }
  const ended = new Promise<number | string>((done) =>
    child.once('exit', (code, signal) => done(code ?? signal ?? '')),
  );
  return { child, file, ended, text: () => text };
}

const isReady = (text: string) => /^partyline ready /m.test(text);
const over = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

test('SIGHUP at any moment of the start ends nothing, and has the file read again', { skip }, async () => {
  const { child, ended, text } = await launch('hangups');
  await waitFor(() => catches(child.pid ?? 0, 'SIGHUP'), 60_000, 'the launcher to notice signals');
  while (!isReady(text()) && !over(child)) {
    child.kill('SIGHUP');
    await sleep(20);
  }
  assert.ok(isReady(text()), `it ended with ${child.exitCode ?? child.signalCode}: ${text()}`);
  await waitFor(() => /"msg":"the configuration was read again"/.test(text()), 60_000, text);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('systemd is told when calls can be taken, and not before', { skip }, async () => {
  const told = join(folder, 'told');
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" "$NOTIFY_SOCKET" >>${told}\n`, { mode: 0o755 });
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const { child, ended, text } = await launch('told', { PATH, NOTIFY_SOCKET: '/run/systemd/notify' });
  await waitFor(() => existsSync(told) && readFileSync(told, 'utf8').endsWith('\n'), 60_000, text);
  assert.ok(isReady(text()), text());
  assert.equal(readFileSync(told, 'utf8'), '--ready /run/systemd/notify\n');
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('that systemd cannot be told is in the log, with what to do', { skip }, async () => {
  writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const { child, ended, text } = await launch('untold', { PATH, NOTIFY_SOCKET: '/run/systemd/notify' });
  await waitFor(() => /systemd could not be told .* Type=exec/.test(text()), 60_000, text);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});
