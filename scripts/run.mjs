// Runs programs for the commands: one at a time, signals passed on, exit codes kept.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paceFor, paceInWords, tooSlow, watchPace } from './pace.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Prints what went wrong and what to do, and ends. */
export function fail(message) {
  process.stderr.write(`partyline: ${message}\n`);
  process.exit(1);
}

/** Whoever reads what we print may be gone: that ends nothing. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/**
 * No step of a check takes longer, also on a machine that is busy with other things, where all takes four times as long: one that does
 * hangs. What hangs within a step has limits of its own (a test: five minutes).
 */
const longestStepMs = 100 * 60_000;

/**
 * Runs `command` (program and arguments) in the project's folder and resolves to its exit code: 128 + n for signal n, 127 when
 * it cannot be started. After `limitMs` it is told to end, ten seconds later made to. Every SIGINT and SIGTERM is passed on, so that a
 * second one reaches the program too; SIGHUP is for `onHangUp`, where there is one.
 */
export function run(command, { passOn = ['SIGINT', 'SIGTERM'], onHangUp = null, limitMs = null, ...options } = {}) {
  const [program, ...args] = command;
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = (signal) => child.kill(signal);
    for (const signal of passOn) process.on(signal, forward);
    const hangUp = () => onHangUp?.(child);
    if (onHangUp !== null) process.on('SIGHUP', hangUp);
    // npm killed the hard way passes nothing on; what it started must not stay behind holding ports.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
      // Once: a second one means that there is no time for goodbyes.
      clearInterval(watch);
      child.kill('SIGTERM');
    }, 1000);
    const tooLong = (signal) => {
      process.stderr.write(`partyline: ${program} has not ended in ${limitMs / 60_000} minutes; ${signal} is sent\n`);
      child.kill(signal);
    };
    const limits = [];
    if (limitMs !== null) {
      limits.push(setTimeout(tooLong, limitMs, 'SIGTERM'), setTimeout(tooLong, limitMs + 10_000, 'SIGKILL'));
    }
    const finish = (code) => {
      clearInterval(watch);
      for (const limit of limits) clearTimeout(limit);
      for (const signal of passOn) process.off(signal, forward);
      process.off('SIGHUP', hangUp);
      done(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`partyline: cannot run ${program}: ${error.message}\n`);
      finish(127);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/**
 * Runs every named step even when one fails, says how each went and what the machine was like meanwhile, and resolves to 0 or the first
 * failure's exit code. That the machine was too slow is said and changes nothing else: what failed has failed.
 */
export async function stepsInOrder(steps) {
  const before = await paceFor(1000);
  const lines = [`       the machine before: ${paceInWords(before)}`];
  let slow = tooSlow(before, { idle: true });
  let result = 0;
  for (const [name, command, { judgesTime = false, env = process.env } = {}] of steps) {
    process.stderr.write(`\n== ${name}\n`);
    const started = performance.now();
    const endPace = watchPace();
    const code = await run(command, { limitMs: longestStepMs, env });
    const pace = endPace();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    lines.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (judgesTime) {
      lines.push(`       the machine meanwhile: ${paceInWords(pace)}`);
      slow ||= tooSlow(pace);
    }
    if (code !== 0 && result === 0) result = code;
    if (code >= 128) break;
  }
  if (slow) {
    lines.push(
      'TOO SLOW this machine is too busy with other things, or too slow, to judge sound and time: what failed there may be its fault.',
      '         Nothing was judged less strictly for that. Run it again when nothing else runs.',
    );
  }
  process.stderr.write(`\n${lines.join('\n')}\n`);
  return result;
}
