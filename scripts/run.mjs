// Runs programs for the commands: one at a time, signals passed on, exit codes kept.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Also where Debian has programs that are an administrator's, which is on no other user's PATH. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];

export function onPath(program) {
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** The exit code of what a signal has ended. */
export function codeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/** Prints what went wrong and what to do, and ends. */
export function fail(message) {
  process.stderr.write(`partyline: ${message}\n`);
  process.exit(1);
}

/** Whoever reads what we print may be gone: that ends nothing. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let asked = null;

/**
 * The exit code of who was asked to end while something ran here (128 + n for signal n); null: nobody asked. What ran
 * may have ended well for all that: nothing else is to begin then.
 */
export function askedToEnd() {
  return asked === null ? null : codeOf(asked);
}

/**
 * Runs `command` (program and arguments) in the project's folder and resolves to its exit code: 128 + n for signal n,
 * 127 when it cannot be started. Every SIGINT and SIGTERM is passed on, so that a second one reaches the program too,
 * and remembered (`askedToEnd`); SIGHUP is for `onHangUp`, where there is one.
 */
export function run(command, { passOn = ['SIGINT', 'SIGTERM'], onHangUp = null, ...options } = {}) {
  const [program, ...args] = command;
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = (signal) => {
      asked ??= signal;
      child.kill(signal);
    };
    for (const signal of passOn) process.on(signal, forward);
    const hangUp = () => onHangUp?.(child);
    if (onHangUp !== null) process.on('SIGHUP', hangUp);
    // npm killed the hard way passes nothing on; what it started must not stay behind holding ports.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
      // Once: a second one means that there is no time for goodbyes.
      clearInterval(watch);
      forward('SIGTERM');
    }, 1000);
    const finish = (code) => {
      clearInterval(watch);
      for (const signal of passOn) process.off(signal, forward);
      process.off('SIGHUP', hangUp);
      done(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`partyline: cannot run ${program}: ${error.message}\n`);
      finish(127);
    });
    child.on('exit', (code, signal) => finish(code ?? codeOf(signal)));
  });
}
