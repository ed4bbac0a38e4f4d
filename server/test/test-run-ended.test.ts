import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startChild } from './peers/children.ts';
import { noProc } from './peers/starts.ts';
import { waitFor } from './peers/wait.ts';

/** `npm test` that is told to end in the middle leaves nothing running, begins nothing else, and has failed. */

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-ended-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const moduleAt = (name: string) => new URL(`../../scripts/${name}`, import.meta.url).href;

/** Writes its process id down once it is ready, and runs. */
const program = (name: string, more = '') =>
  `${more}; require('node:fs').writeFileSync(${JSON.stringify(join(folder, name))}, String(process.pid)); setInterval(() => {}, 1000);`;

/** Hears no signal but SIGKILL. */
const deaf = "for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})";

const node = (code: string) => JSON.stringify([process.execPath, '-e', code]);

const ways: Record<string, { readonly pids: readonly string[]; readonly step: () => string }> = {
  'ends with 0 when it is told': {
    pids: ['one'],
    step: () =>
      node(program('one', "process.on('SIGINT', () => process.exit(0)); process.on('SIGTERM', () => process.exit(0))")),
  },
  'waits for another program and hears nothing meanwhile': {
    pids: ['other'],
    step: () =>
      node(`require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(program('other'))}])`),
  },
  'has started one that makes itself a group of its own and does not listen': {
    pids: ['one', 'browser'],
    step: () =>
      node(
        program(
          'one',
          `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(program('browser', deaf))}], { detached: true })`,
        ),
      ),
  },
};

/** Who is over and has nobody to ask how it went (in a container without an init) does not run. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

const pidOf = (name: string) => {
  const file = join(folder, name);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
};

for (const [what, { pids, step }] of Object.entries(ways)) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`a step that ${what}: ${signal}`, { skip: noProc }, async () => {
      for (const name of [...pids, 'next']) rmSync(join(folder, name), { force: true });
      const script = join(folder, 'steps.mjs');
      writeFileSync(
        script,
        `import { stepsInOrder } from ${JSON.stringify(moduleAt('steps.mjs'))};\n` +
          `process.exitCode = await stepsInOrder([['first', ${step()}], ['next', ${node(program('next'))}]]);\n`,
      );
      const child = startChild(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr?.on('data', (bytes) => {
        said += bytes;
      });
      const closed = once(child, 'close');
      const running: number[] = [];
      for (const name of pids)
        running.push(
          await waitFor(
            () => pidOf(name),
            5000,
            () => `${name} to run\n${said}`,
          ),
        );
      child.kill(signal);
      const [ended] = await closed;
      const left = running.filter(runs);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      assert.deepEqual(
        { ended, left: left.length, next: pidOf('next') },
        { ended: code, left: 0, next: undefined },
        said,
      );
      assert.match(said, new RegExp(`ENDED {2}first .*${signal}`));
    });
  }
}

test('whoever is killed without a word takes the step along', { skip: noProc }, async () => {
  rmSync(join(folder, 'one'), { force: true });
  const script = join(folder, 'steps.mjs');
  writeFileSync(
    script,
    `import { stepsInOrder } from ${JSON.stringify(moduleAt('steps.mjs'))};\n` +
      `await stepsInOrder([['first', ${node(program('one'))}]]);\n`,
  );
  const child = startChild(process.execPath, [script], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const pid = await waitFor(() => pidOf('one'), 5000, 'the step to run');
  child.kill('SIGKILL');
  await gone;
  await waitFor(() => !runs(pid), 5000, 'the end of the step');
});

test('what a program that is installed first makes of its signal counts for nothing: nothing follows', async () => {
  const script = join(folder, 'run.mjs');
  rmSync(join(folder, 'one'), { force: true });
  writeFileSync(
    script,
    `import { askedToEnd, run } from ${JSON.stringify(moduleAt('run.mjs'))};\n` +
      `const code = await run(${node(program('one', "process.on('SIGTERM', () => process.exit(0))"))});\n` +
      'process.stdout.write(String([code, askedToEnd()]));\n',
  );
  const child = startChild(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  const closed = once(child, 'close');
  await waitFor(() => pidOf('one'), 5000, 'it to run');
  child.kill('SIGTERM');
  await closed;
  assert.equal(out, '0,143');
});
