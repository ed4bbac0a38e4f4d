import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, mediaRange } from '../src/base/testing/free-port.ts';
import { startChild } from './peers/children.ts';
import { partyline, type Ran } from './peers/command.ts';
import { waitFor } from './peers/wait.ts';

/**
 * The npm packages, installed into empty folders as users do it: the product starts, and the sandbox serves the tests
 * of another project, run by the Node.js and npm on the PATH. Needs a registry for the packages they depend on.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-packages-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Without what the Node.js of this test has put there for itself. */
const ownBin = join(root, 'node_modules');
const path = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((one) => !one.startsWith(ownBin))
  .join(delimiter);
const plain = { PATH: path, NODE_OPTIONS: '', NODE_ENV: '', NODE_TEST_CONTEXT: undefined };

const run = (program: string, args: readonly string[], cwd: string): Promise<Ran> =>
  partyline(args, { cwd, env: plain, program: [program] });

async function pack(...args: string[]): Promise<string> {
  const { code, out, err } = await run(
    'npm',
    ['pack', '--loglevel=error', '--pack-destination', folder, ...args],
    root,
  );
  assert.equal(code, 0, err);
  return join(folder, out.trim().split('\n').at(-1)!);
}

/** False, and the test is skipped, where there is no registry. */
async function installed(t: TestContext, where: string, ...packages: string[]): Promise<boolean> {
  mkdirSync(where);
  writeFileSync(join(where, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  const { code, err } = await run('npm', args, where);
  if (code !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|E40[134]/.test(err)) {
    if (process.env['CI'] === 'true') assert.fail(`no registry: ${err}`);
    t.skip('no registry to install from');
    return false;
  }
  assert.equal(code, 0, err);
  return true;
}

test('the product, installed into an empty folder, starts there', async (t) => {
  const file = await pack();
  const where = join(folder, 'product');
  if (!(await installed(t, where, file))) return;
  const contents = readdirSync(join(where, 'node_modules/partyline/dist/server/src'), { recursive: true }).map(String);
  assert.deepEqual(
    contents.filter((name) => /\.ts$|\.test\.js$|testing/.test(name)),
    [],
  );
  const bin = join(where, 'node_modules/.bin/partyline');
  assert.match((await run(bin, ['--version'], where)).out, /^partyline \d/);
  const range = mediaRange(100);
  const media = `{ rtpPorts: "${range.from}-${range.to}", webrtcPort: ${await freePort()}, processes: 1 }`;
  const config = `http: { port: 0 }\nsip: { port: 0 }\nmedia: ${media}\n`;
  writeFileSync(join(where, 'partyline.yaml'), config);
  assert.equal((await run(bin, ['check'], where)).code, 0);

  const child = startChild(bin, ['start'], {
    cwd: where,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...plain },
  });
  let out = '';
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await waitFor(
    () => /^partyline ready /m.test(out),
    60_000,
    () => `the ready line\n${out}`,
  );
  const [, http] = /http=(\S+)/.exec(out)!;
  for (const page of ['/healthz', '/meet', '/sdk/AvayaClientServices.min.js', '/docs/json']) {
    assert.equal((await fetch(`${http}${page}`)).status, 200, page);
  }
  assert.ok(existsSync(join(where, 'data/partyline.db')), 'the data folder is where the user stands');
  const backup = await run(bin, ['backup', 'copy.tar.gz'], where);
  assert.equal(backup.code, 0, backup.err);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('the sandbox serves tests of another project', { timeout: 900_000 }, async (t) => {
  const file = await pack('--workspace', 'sandbox');
  const where = join(folder, 'project');
  if (!(await installed(t, where, file, 'vitest@^4', '@types/node@^20'))) return;
  cpSync(join(root, 'examples/tests-with-the-sandbox'), where, { recursive: true });

  await t.test('with node:test', async () => {
    const { code, out, err } = await run('node', ['--test', 'invite.node.test.mjs'], where);
    assert.equal(code, 0, `${out}\n${err}`);
    // A runner that takes itself for a part of ours runs nothing, and is content.
    assert.match(out, /^(?:#|ℹ) pass 2$/m, err);
  });
  await t.test('with Vitest', async () => {
    const { code, out, err } = await run(
      join(where, 'node_modules/.bin/vitest'),
      ['run', 'invite.vitest.test.ts'],
      where,
    );
    assert.equal(code, 0, `${out}\n${err}`);
  });
  await t.test('in a shell script, by HTTP', async () => {
    const bin = join(where, 'node_modules/.bin/partyline-sandbox');
    const { code, out, err } = await run(bin, ['sh', 'invite.sh'], where);
    assert.equal(code, 0, `${out}\n${err}`);
    assert.match(out, /^answered: call /m);
    assert.equal((await run(bin, ['sh', '-c', 'exit 7'], where)).code, 7, 'the exit code is that of the command');
  });
  await t.test('required by CommonJS, as Jest loads tests', async () => {
    const text =
      "const { startSandbox } = require('@partyline/sandbox');\n" +
      'startSandbox().then(async (sandbox) => {\n' +
      "  const call = sandbox.dial('211*4');\n" +
      '  await call.answered;\n' +
      "  console.log('answered', (await sandbox.request('/healthz')).status);\n" +
      '  await sandbox.close();\n' +
      '});\n';
    writeFileSync(join(where, 'required.cjs'), text);
    const { code, out, err } = await run('node', ['--no-experimental-require-module', 'required.cjs'], where);
    assert.equal(code, 0, err);
    assert.equal(out, 'answered 200\n');
  });
  await t.test('with types, those of Node.js 20', () => {
    const types = ['--typeRoots', join(where, 'node_modules/@types'), '--types', 'node'];
    const strict = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', 'false', ...types];
    const check = (file: string, module: string) =>
      execFileSync(join(root, 'node_modules/.bin/tsc'), [...strict, '--module', module, file], {
        cwd: where,
        stdio: 'inherit',
      });
    const text =
      "import { startSandbox, type SandboxCall } from '@partyline/sandbox';\n" +
      'const sandbox = await startSandbox({ seed: 2 });\n' +
      "const call: SandboxCall = await sandbox.expectCall('3235742879', 1000);\n" +
      '// @ts-expect-error: a tone or a name\n' +
      'await call.play({});\n';
    writeFileSync(join(where, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(join(where, 'typed.ts'), text);
    check('typed.ts', 'nodenext');
    const required = "import { startSandbox } from '@partyline/sandbox';\nvoid startSandbox({ seed: 2 });\n";
    writeFileSync(join(where, 'typed.cts'), required);
    check('typed.cts', 'node16');
  });
});
