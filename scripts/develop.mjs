#!/usr/bin/env node
// The commands of those who change Partyline (`npm test`, `npm run check`, `npm run bench`). Plain JavaScript for Node.js 20 and up with
// nothing installed: it installs what is missing, then runs everything else with the Node.js 24 that comes as a dependency.
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { compileAhead, ensureInstalled, makeForBrowsers, projectNode, sparing } from './install.mjs';
import { ensurePeers } from './peers.mjs';
import { askedToEnd, root, run } from './run.mjs';
import { longestTestMs, stepsInOrder } from './steps.mjs';

const usage = `Usage: node scripts/develop.mjs COMMAND [-- ARGUMENTS]

  check   format, lint, types, dependency rules and unit tests; ARGUMENTS: only these test files
  test    check, then the tests with real SIP phones (SIPp, baresip); ARGUMENTS: only these test files
  bench   print the measured figures; ARGUMENTS: --only NAME,NAME  --runs N  --help
  pack    make dist/, what the npm package runs (npm pack does it by itself)
  --help  this text

Missing packages are installed first (npm ci). Exit codes are those of the command run. What runs the server is
scripts/partyline.mjs.
`;

const shapeTests = 'server/test/{architecture,documents}.test.ts';
const unitTests = 'server/src/**/*.test.ts';
const sdkTests = 'sdk/test/*.test.ts';
const webTests = 'web/test/*.test.ts';
const wholeServerTests = 'server/test/*.test.ts';

/** How many files of tests run at once. Those with phones wait most of their time: for seconds of real sound. */
const unitTestsAtOnce = Math.max(2, Math.min(8, availableParallelism()));
const wholeServerTestsAtOnce = Math.min(8, 2 * availableParallelism());

/** Node's own test runner over `files`, so many of them at once. */
function tests(node, atOnce, files) {
  const bounds = [`--import=${pathToFileURL(`${root}/scripts/test-file.mjs`)}`, `--test-timeout=${longestTestMs}`];
  return [node, '--test', ...bounds, `--test-concurrency=${atOnce}`, '--test-reporter=spec', ...files];
}

/** As we were started: what spares memory costs tests half as much time again. Those that start a server spare it there. */
const asStarted = { ...process.env };

/** A file of tests takes what is compiled by itself, see test-file.mjs. */
function withoutCache(env) {
  const { NODE_COMPILE_CACHE: _, ...rest } = env;
  return rest;
}

function checkSteps(node) {
  const bin = (name) => `${root}/node_modules/.bin/${name}`;
  return [
    ['format and lint', [bin('biome'), 'check', '--error-on-warnings', '.']],
    ['types', [bin('tsc'), '-p', root]],
    ['types of the browser library', [bin('tsc'), '-p', `${root}/sdk`]],
    ['types of the pages', [bin('tsc'), '-p', `${root}/web`]],
    [
      'dependency rules and unit tests',
      tests(node, unitTestsAtOnce, [shapeTests, unitTests, sdkTests, webTests]),
      { judgesTime: true, env: withoutCache(asStarted) },
    ],
  ];
}

/** What was running has been told; whether it made a failure of it or not, nothing follows. */
function endIfAsked() {
  const code = askedToEnd();
  if (code !== null) process.exit(code);
}

const commands = {
  bench: (node, args) => run([node, `${root}/bench/main.ts`, ...args]),
  pack: (node) => run([node, '--no-warnings', `${root}/scripts/build-package.mjs`]),
  'pack-sandbox': (node) => run([node, '--no-warnings', `${root}/scripts/build-sandbox.mjs`]),
  check: (node, args) =>
    stepsInOrder(
      args.length > 0
        ? [[args.join(' '), tests(node, unitTestsAtOnce, args), { env: withoutCache(asStarted) }]]
        : checkSteps(node),
    ),
  test: async (node, args) => {
    await ensurePeers();
    endIfAsked();
    const options = { env: withoutCache(asStarted) };
    if (args.length > 0) {
      return stepsInOrder([[args.join(' '), tests(node, 1, args), { judgesTime: true, ...options }]]);
    }
    return stepsInOrder([
      ...checkSteps(node),
      ['real phones', tests(node, wholeServerTestsAtOnce, [wholeServerTests]), { judgesTime: true, ...options }],
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
  const installed = await ensureInstalled();
  endIfAsked();
  const node = projectNode();
  Object.assign(process.env, sparing(process.env));
  await makeForBrowsers();
  if (installed) await compileAhead(node);
  process.exitCode = await command(node, args);
}
