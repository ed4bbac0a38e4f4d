#!/usr/bin/env node
// The product's commands, from the clone and from the npm package. Plain JavaScript for Node.js 20 and up with nothing installed: in the
// clone it installs what is missing; then everything else runs with the Node.js 24 that comes as a dependency.
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { sep } from 'node:path';
import { isatty } from 'node:tty';
import { commandNames, usage } from './commands.mjs';
import { compileAhead, ensureInstalled, isClone, makeForBrowsers, projectNode, sources, sparing } from './install.mjs';
import { askedToEnd, root, run } from './run.mjs';

/** Whether somebody asked us to end. */
let asked = false;
const terminals = [0, 1, 2].filter((stream) => isatty(stream));
let serverRuns = false;

/** SIGHUP has two meanings: the terminal is gone, or (a service manager) the configuration is to be read again. */
function terminalGone() {
  return terminals.length > 0 && !terminals.some((stream) => isatty(stream));
}

/** From the first moment on: being asked to end is no failure, also when there is nothing to end yet. */
function noticeSignals() {
  // What is to be read again is read soon enough where nothing was read yet.
  process.on('SIGHUP', () => {
    if (!serverRuns && terminalGone()) process.exit(128 + constants.signals.SIGHUP);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      asked = true;
    });
  }
}

/** Where the user stands: npm changes to the project's folder and leaves the way back in INIT_CWD. */
function userFolder() {
  return isClone && process.cwd() === root ? (process.env.INIT_CWD ?? root) : process.cwd();
}

/**
 * Files are looked for from where the user stands. In the clone the data folder lies beside the sources wherever that is, and so does the
 * partyline.yaml of those who stand somewhere in the project; of the package both are in the current folder.
 */
function surroundings(cwd) {
  const env = { ...process.env };
  env.PARTYLINE_DATA ||= isClone ? `${root}/data` : `${cwd}/data`;
  if (cwd.startsWith(`${root}${sep}`) && !existsSync(`${cwd}/partyline.yaml`) && existsSync(`${root}/partyline.yaml`)) {
    env.PARTYLINE_CONFIG ||= `${root}/partyline.yaml`;
  }
  return env;
}

async function start(node, args) {
  if (asked) return 0;
  const cwd = userFolder();
  // The server sees the channel close when this process is gone, however it went, and ends.
  const env = { ...surroundings(cwd), PARTYLINE_LAUNCHED: '1' };
  serverRuns = true;
  const code = await run([node, sources('server/src/main'), ...args], {
    cwd,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // As a message, which waits until somebody listens: the signal would be the end of a server that does not yet.
    onHangUp: (server) => {
      if (terminalGone() || !server.connected) server.kill('SIGHUP');
      else server.send('SIGHUP', () => undefined);
    },
  });
  // It was not yet able to end by itself.
  return asked && (code === 128 + constants.signals.SIGTERM || code === 128 + constants.signals.SIGINT) ? 0 : code;
}

/** All but `start`: short programs of their own, which ask the running server or look at its files. */
function other(node, name, args) {
  const cwd = userFolder();
  return run([node, sources('server/src/commands/main'), name, ...args], { cwd, env: surroundings(cwd) });
}

function version() {
  return JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version;
}

const given = process.argv.slice(2);
// `help backup` is `backup --help`.
const [name, ...rest] = given[0] === 'help' && given.length > 1 ? [given[1], '--help', ...given.slice(2)] : given;
const args = rest[0] === '--' ? rest.slice(1) : rest;
const wantsHelp = args.includes('--help') || args.includes('-h');
if (name === '--version' || name === '-v' || name === 'version') {
  process.stdout.write(`partyline ${version()}\n`);
} else if (name === '--help' || name === '-h' || name === 'help' || (name === 'start' && wantsHelp)) {
  process.stdout.write(usage(name === 'start' ? 'start' : null));
} else if (!commandNames.includes(name)) {
  const what = name === undefined ? 'Which command?' : `There is no command ${JSON.stringify(name)}.`;
  process.stderr.write(`partyline: ${what} These there are:\n\n${usage(null)}`);
  process.exitCode = 64;
} else {
  if (name === 'start') noticeSignals();
  const installed = await ensureInstalled();
  const ended = askedToEnd();
  if (ended !== null) process.exit(name === 'start' ? 0 : ended);
  const node = projectNode();
  Object.assign(process.env, sparing(process.env));
  if (name === 'start') {
    await makeForBrowsers();
    if (installed) await compileAhead(node);
  }
  // At once: while Node.js takes itself down nobody hears signals any more, and one more SIGTERM would be how it ended.
  if (name === 'start') process.exit(await start(node, args));
  process.exitCode = await other(node, name, args);
}
