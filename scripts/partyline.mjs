#!/usr/bin/env node
// The project's commands. Plain JavaScript for Node.js 20 and up with nothing installed: it installs what is missing, then runs
// everything else with the Node.js 24 that comes as a dependency.
import { resolve } from 'node:path';
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
const wholeServerTests = 'server/test/*.test.ts';

/** Node's own test runner over `files`, so many of them at once. */
function tests(node, atOnce, files) {
  return [node, '--test', `--test-concurrency=${atOnce}`, '--test-reporter=spec', ...files];
}

function checkSteps(node) {
  const bin = (name) => `${root}/node_modules/.bin/${name}`;
  return [
    ['format and lint', [bin('biome'), 'check', '--error-on-warnings', '.']],
    ['types', [bin('tsc'), '-p', root]],
    ['dependency rules and unit tests', tests(node, 2, [architectureTest, unitTests])],
  ];
}

/** A relative path is meant from where the user stands, also when npm has changed the folder. */
function startArguments(args) {
  const from = process.env.INIT_CWD ?? process.cwd();
  return args.map((argument, index) => {
    if (args[index - 1] === '--config') return resolve(from, argument);
    return argument.startsWith('--config=') ? `--config=${resolve(from, argument.slice(9))}` : argument;
  });
}

const commands = {
  start: (node, args) => run([node, `${root}/server/src/main.ts`, ...startArguments(args)]),
  bench: (node, args) => run([node, `${root}/bench/main.ts`, ...args]),
  check: (node, args) => (args.length > 0 ? run(tests(node, 2, args)) : stepsInOrder(checkSteps(node))),
  test: async (node, args) => {
    await ensurePeers();
    if (args.length > 0) return run(tests(node, 1, args));
    // One file at a time: these measure seconds of real sound.
    return stepsInOrder([...checkSteps(node), ['real phones', tests(node, 1, [wholeServerTests])]]);
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
  const node = projectNode();
  Object.assign(process.env, sparing(process.env));
  if (installed) await compileAhead(node);
  process.exitCode = await command(node, args);
}
