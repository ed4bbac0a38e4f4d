#!/usr/bin/env node
// The project's commands. Plain JavaScript for Node.js 20 and up with nothing installed: it installs what is missing, then runs
// everything else with the Node.js 24 that comes as a dependency.
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureSdk } from './build-sdk.mjs';
import { ensureWeb } from './build-web.mjs';
import { compileAhead, ensureInstalled, projectNode, sparing } from './install.mjs';
import { ensurePeers } from './peers.mjs';
import { root, run, stepsInOrder } from './run.mjs';

const usage = `Usage: node scripts/partyline.mjs COMMAND [-- ARGUMENTS]

  start   run the server; ARGUMENTS: --config FILE (also PARTYLINE_CONFIG=FILE; data folder: PARTYLINE_DATA=DIR)
  check   format, lint, types, dependency rules and unit tests; ARGUMENTS: only these test files
  test    check, then the tests with real SIP phones (SIPp, baresip); ARGUMENTS: only these test files
  bench   print the measured figures; ARGUMENTS: --only NAME,NAME  --runs N  --help
  --help  this text

Missing packages are installed first (npm ci). Exit codes are those of the command run; for start:
  0 ended as asked   2 configuration mistake   3 port in use   4 data folder not usable   70 internal error
`;

const architectureTest = 'server/test/architecture.test.ts';
const unitTests = 'server/src/**/*.test.ts';
const sdkTests = 'sdk/test/*.test.ts';
const webTests = 'web/test/*.test.ts';
const wholeServerTests = 'server/test/*.test.ts';

/** No test takes longer, also on a busy machine: one that does hangs. */
const longestTestMs = 300_000;

/** Node's own test runner over `files`, so many of them at once. */
function tests(node, atOnce, files) {
  const bounds = [`--import=${pathToFileURL(`${root}/scripts/test-end.mjs`)}`, `--test-timeout=${longestTestMs}`];
  return [node, '--test', ...bounds, `--test-concurrency=${atOnce}`, '--test-reporter=spec', ...files];
}

/**
 * Node.js 24 loses the brand of a class with static private methods that it reads from its compile cache ("Receiver must be class"): the
 * official CometD client has some. The server has none.
 */
const withoutCache = { NODE_DISABLE_COMPILE_CACHE: '1' };

function checkSteps(node) {
  const bin = (name) => `${root}/node_modules/.bin/${name}`;
  return [
    ['format and lint', [bin('biome'), 'check', '--error-on-warnings', '.']],
    ['types', [bin('tsc'), '-p', root]],
    ['types of the browser library', [bin('tsc'), '-p', `${root}/sdk`]],
    ['types of the meeting page', [bin('tsc'), '-p', `${root}/web`]],
    [
      'dependency rules and unit tests',
      tests(node, 2, [architectureTest, unitTests, sdkTests, webTests]),
      { judgesTime: true, env: withoutCache },
    ],
  ];
}

/** Whether somebody asked us to end. */
let asked = false;

/** From the first moment on: being asked to end is no failure, also when there is nothing to end yet. */
function noticeSignals() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      asked = true;
    });
  }
}

/** Where the user stands: npm changes to the project's folder and leaves the way back in INIT_CWD. */
function userFolder() {
  return process.cwd() === root ? (process.env.INIT_CWD ?? root) : process.cwd();
}

/**
 * The server looks for files from where the user stands. Its data folder lies beside the sources wherever that is, and so does the
 * partyline.yaml of those who stand somewhere in the project.
 */
async function start(node, args) {
  if (asked) return 0;
  const cwd = userFolder();
  const env = { ...process.env };
  env.PARTYLINE_DATA ||= `${root}/data`;
  if (cwd.startsWith(`${root}${sep}`) && !existsSync(`${cwd}/partyline.yaml`) && existsSync(`${root}/partyline.yaml`)) {
    env.PARTYLINE_CONFIG ||= `${root}/partyline.yaml`;
  }
  // The server sees the channel close when this process is gone, however it went, and ends.
  env.PARTYLINE_LAUNCHED = '1';
  const code = await run([node, `${root}/server/src/main.ts`, ...args], {
    cwd,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    passOn: ['SIGINT', 'SIGTERM', 'SIGHUP'],
  });
  // It was not yet able to end by itself.
  return asked && (code === 128 + constants.signals.SIGTERM || code === 128 + constants.signals.SIGINT) ? 0 : code;
}

const commands = {
  start,
  bench: (node, args) => run([node, `${root}/bench/main.ts`, ...args]),
  check: (node, args) =>
    args.length > 0
      ? run(tests(node, 2, args), { env: { ...process.env, ...withoutCache } })
      : stepsInOrder(checkSteps(node)),
  test: async (node, args) => {
    await ensurePeers();
    if (args.length > 0) return run(tests(node, 1, args));
    // One file at a time: these measure seconds of real sound.
    return stepsInOrder([
      ...checkSteps(node),
      ['real phones', tests(node, 1, [wholeServerTests]), { judgesTime: true }],
    ]);
  },
};

const [name, ...rest] = process.argv.slice(2);
const args = rest[0] === '--' ? rest.slice(1) : rest;
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
if (name === '--help' || name === '-h' || (name !== 'bench' && args.includes('--help'))) {
  process.stdout.write(usage);
} else if (command === undefined) {
  process.stderr.write(usage);
  process.exitCode = 64;
} else {
  if (name === 'start') noticeSignals();
  const installed = await ensureInstalled();
  const node = projectNode();
  Object.assign(process.env, sparing(process.env));
  for (const [what, make] of Object.entries({ 'browser library': ensureSdk, 'meeting page': ensureWeb })) {
    await make().catch((error) => {
      // Phones can talk without it.
      process.stderr.write(`partyline: the ${what} could not be made: ${error.message}\n`);
    });
  }
  if (installed) await compileAhead(node);
  process.exitCode = await command(node, args);
}
