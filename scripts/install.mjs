// Installs the project's packages when they are missing or out of date, and finds the Node.js that comes with them.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedToEnd, fail, root, run } from './run.mjs';

/** Whether these are the sources, which are run as they are; else the npm package, made of them (dist/). */
export const isClone = existsSync(`${root}/server/src/main.ts`);

/** The file of a program, by its path without ending. */
export function sources(path) {
  return isClone ? `${root}/${path}.ts` : `${root}/dist/${path}.js`;
}

const lockFile = `${root}/package-lock.json`;
const installedFile = `${root}/node_modules/.package-lock.json`;
const neededMajor = 24;

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** Whether node_modules holds what package-lock.json names. The file times answer quickly; only when they differ is it compared. */
function upToDate() {
  if (!existsSync(installedFile)) return false;
  if (!existsSync(lockFile)) return true;
  if (statSync(installedFile).mtimeMs >= statSync(lockFile).mtimeMs) return true;
  try {
    const installed = readPackages(installedFile);
    return Object.entries(readPackages(lockFile)).every(
      ([path, entry]) =>
        !path.startsWith('node_modules/') || entry.optional || entry.link || installed[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/** npm as it started us, else the one on the PATH. */
function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return [process.execPath, cli, ...args];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', ...args];
}

/** Installs when need be; resolves to whether it did. */
export async function ensureInstalled() {
  if (!isClone || upToDate()) return false;
  process.stderr.write('partyline: installing packages (first start, or package-lock.json changed) ...\n');
  const how = existsSync(lockFile) ? 'ci' : 'install';
  // Standard output belongs to the command that follows, so npm's goes to standard error.
  const code = await run(npm([how, '--no-audit', '--no-fund', '--include=dev', '--loglevel=error']), {
    stdio: ['ignore', 2, 2],
  });
  // Who is asked to end has ended it: no failure, and nothing is to follow.
  if (code !== 0 && askedToEnd() === null)
    fail(`npm ${how} failed (exit code ${code}); see the lines above. Then run the same command again.`);
  return true;
}

/**
 * What every process of ours runs with: compiled sources are kept, so that later starts need neither the time nor the memory to compile
 * them, and the C library (glibc) sets no memory aside for each thread, and maps only what is larger than a buffer for a datagram (64 KiB) on
 * its own: mapping costs all threads a stop, and what is kept is given back when idle (server/src/base/idle-collection.ts). Short-lived
 * objects are collected before they have become many, but not so often that looking costs more than collecting: each time all pages of the
 * long-lived ones are looked at, and what a request still needs is taken for long-lived.
 */
export function sparing(env) {
  return {
    NODE_COMPILE_CACHE: isClone ? `${root}/node_modules/.cache/partyline` : `${root}/.cache`,
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '1048576',
    NODE_OPTIONS: '--max-semi-space-size=8',
    ...env,
  };
}

/** What browsers get, where its sources have changed. In the package it is there. */
export async function makeForBrowsers() {
  if (!isClone) return;
  const { ensureSdk } = await import('./build-sdk.mjs');
  const { ensureWeb } = await import('./build-web.mjs');
  for (const [what, make] of Object.entries({ 'browser library': ensureSdk, pages: ensureWeb })) {
    await make().catch((error) => {
      // Phones can talk without it.
      process.stderr.write(`partyline: the ${what} could not be made: ${error.message}\n`);
    });
  }
}

/**
 * Compiles the sources once after an installation: by a start on free ports and a data folder of its own that ends as soon as it is
 * ready. That it fails shows better when the server starts.
 */
export async function compileAhead(node) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-first-'));
  writeFileSync(join(folder, 'partyline.yaml'), 'http: { port: 0 }\nsip: { port: 0 }\nsandbox: off\n');
  // Systemd waits for the one that is to stay.
  const { NOTIFY_SOCKET: _, ...env } = process.env;
  const child = spawn(node, [sources('server/src/main'), '--config', join(folder, 'partyline.yaml')], {
    // It sees the channel close when this process is gone, however it went, and ends.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    env: { ...env, PARTYLINE_DATA: join(folder, 'data'), PARTYLINE_LAUNCHED: '1' },
  });
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 15_000);
  child.stdout.once('data', () => child.kill('SIGTERM'));
  await new Promise((done) => {
    child.once('error', done);
    child.once('exit', done);
  });
  clearTimeout(tooLong);
  rmSync(folder, { recursive: true, force: true });
}

/** The path of a Node.js that runs the TypeScript sources: the installed one, else the one running now when it is new enough. */
export function projectNode() {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  // Beside us where npm put the packages of several in one folder.
  const folders = [`${root}/node_modules`, ...(isClone ? [] : [`${root}/..`])];
  const candidates = folders.flatMap((folder) => [`${folder}/node/bin/node${suffix}`, `${folder}/.bin/node${suffix}`]);
  const found = candidates.find((path) => existsSync(path) && statSync(path).size > 1_000_000);
  if (found !== undefined) return found;
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  return fail(
    `Node.js ${neededMajor} is needed and this is ${process.versions.node}. It normally comes with the packages, but npm did not run ` +
      'the install script of the package "node". Either run\n' +
      '    npm rebuild node --ignore-scripts=false\n' +
      `or install Node.js ${neededMajor} from https://nodejs.org, and run the same command again.`,
  );
}
