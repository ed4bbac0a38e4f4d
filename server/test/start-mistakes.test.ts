import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { startChild } from './peers/children.ts';
import { folder, main, mistakes, oneLine, onTheMachine, runToEnd, workingConfig } from './peers/starts.ts';

for (const { what, yaml, says } of mistakes) {
  test(`${what} in the configuration: one line, exit code 2`, async () => {
    const ended = await runToEnd(yaml);
    assert.equal(ended.code, 2, ended.err);
    assert.match(oneLine(ended.err), says);
    assert.doesNotMatch(ended.out, /partyline ready/);
  });
}

test('a configuration file that is not there: one line, exit code 2', async () => {
  const child = startChild(process.execPath, [main, '--config', join(folder, 'absent.yaml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 2);
  assert.match(oneLine(err), /absent\.yaml/);
});

test('a port in use: one line that names it, exit code 3', async () => {
  for (const section of ['http', 'sip']) {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    const ended = await runToEnd(await workingConfig({ [section]: { port } }));
    holder.close();
    assert.equal(ended.code, 3, `${section}: ${ended.err}`);
    const last = ended.err.trim().split('\n').at(-1) ?? '';
    assert.match(last, new RegExp(`${section}\\.port: .*127\\.0\\.0\\.1:${port} is in use.*partyline\\.yaml`));
    assert.doesNotMatch(ended.err, /^\s+at /m);
  }
});

for (const { what, more, says } of onTheMachine) {
  test(`${what}: one line, exit code 2, and nothing is made`, async () => {
    const data = join(folder, 'never-made');
    const ended = await runToEnd(await workingConfig(more), data);
    assert.equal(ended.code, 2, ended.err);
    assert.match(oneLine(ended.err), says);
    assert.equal(existsSync(data), false);
  });
}

test('a data folder that cannot be used: one line that names it, exit code 4', async () => {
  const notAFolder = join(folder, 'file');
  writeFileSync(notAFolder, 'in the way');
  const ended = await runToEnd(await workingConfig(), notAFolder);
  assert.equal(ended.code, 4, ended.err);
  assert.match(oneLine(ended.err), new RegExp(notAFolder));
});

test('a folder where a media process has its socket: one line that names it, exit code 4', async () => {
  const data = join(folder, 'with-a-folder');
  mkdirSync(join(data, 'media-0.sock'), { recursive: true });
  const ended = await runToEnd(await workingConfig(), data);
  assert.equal(ended.code, 4, ended.err);
  // By then the log has begun.
  const told = ended.err.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  assert.match(oneLine(told.join('\n')), /media-0\.sock is a folder.*remove it/);
});
