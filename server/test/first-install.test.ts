import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startChild } from './peers/children.ts';
import { waitFor } from './peers/wait.ts';

/** The launcher in a clone without packages: with an npm and a server of the test's own. */

const folder = mkdtempSync(join(tmpdir(), 'partyline-install-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `npm`, `server`: what they do. */
function clone(name: string, npm: string, server: string): { readonly launcher: string; readonly npm: string } {
  const root = join(folder, name);
  cpSync(fileURLToPath(new URL('../../scripts', import.meta.url)), join(root, 'scripts'), { recursive: true });
  for (const made of ['server/src', 'sdk/src', 'web/src']) mkdirSync(join(root, made), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'npm.js'), npm);
  writeFileSync(join(root, 'server/src/main.ts'), server);
  return { launcher: join(root, 'scripts/partyline.mjs'), npm: join(root, 'npm.js') };
}

function launch(launcher: string, args: readonly string[], more: NodeJS.ProcessEnv) {
  const env = { ...process.env, PARTYLINE_DATA: join(folder, 'data'), ...more };
  const child = startChild(process.execPath, [launcher, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return { child, ended, said: () => said };
}

test('who is told to end while packages are installed ends so, and says nothing of a failure', async () => {
  for (const [command, code] of [
    ['start', 0],
    ['doctor', 143],
  ] as const) {
    const begun = join(folder, `begun-${command}`);
    const busy = `import { writeFileSync } from 'node:fs';
writeFileSync(process.env['BEGUN'] ?? '', '');
setInterval(() => {}, 1000);
`;
    const { launcher, npm } = clone(command, busy, '');
    const { child, ended, said } = launch(launcher, [command], { npm_execpath: npm, BEGUN: begun });
    await waitFor(() => existsSync(begun), 60_000, 'npm to begin');
    child.kill('SIGTERM');
    assert.equal(await ended, code);
    assert.doesNotMatch(said(), /failed/);
  }
});

test('only the server that is to stay tells systemd that it is ready, and not the one that has its sources compiled', async () => {
  const told = join(folder, 'told');
  const server = `import { appendFileSync } from 'node:fs';
appendFileSync(process.env['TOLD'] ?? '', \`\${process.env['NOTIFY_SOCKET'] ?? 'nobody'}\\n\`);
process.stdout.write('ready');
`;
  const { launcher, npm } = clone('notify', '', server);
  const { ended } = launch(launcher, ['start'], { npm_execpath: npm, NOTIFY_SOCKET: '/run/notify', TOLD: told });
  assert.equal(await ended, 0);
  assert.equal(readFileSync(told, 'utf8'), 'nobody\n/run/notify\n');
});
