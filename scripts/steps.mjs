// The steps of `npm test` and `npm run check`: one after another, each with all that it starts. What is told to end
// ends whole.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { paceFor, paceInWords, tooSlow, watchPace } from './pace.mjs';
import { codeOf, onPath, root } from './run.mjs';

/** No test takes longer, also on a machine many times too busy: one that does hangs. None has a shorter limit of its own. */
export const longestTestMs = 600_000;

/**
 * No step of a check takes longer, also on a machine that is busy with other things, where all takes four times as
 * long: one that does hangs. What hangs within a step has limits of its own (a test: ten minutes).
 */
const longestStepMs = 100 * 60_000;

/**
 * So long has what was told to end for its goodbyes, and what is still there when a step is over to be gone by itself.
 */
const goodbyesMs = 10_000;

/** A Ctrl-C comes twice: from the terminal, and from npm, which had it too. */
const onceMs = 500;

const askedBy = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The variable that all has that steps start: what makes itself a group of its own (browsers do) is found by it. */
const mark = 'PARTYLINE_STEPS';

/** Linux tells the step when we are gone without a word (kill -9). */
const tied = process.platform === 'linux' && onPath('setpriv') ? ['setpriv', '--pdeathsig', 'TERM'] : [];

let steps = 0;

const groups = process.platform !== 'win32';

/** One program and all that it has started. */
class Step {
  #child;
  #mark;

  constructor(command, env) {
    this.#mark = `/${process.pid}-${++steps}/`;
    const [program, ...args] = [...tied, ...command];
    this.#child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      // A group of its own: signals reach also those whose parent passes none on, as it waits for them and hears
      // nothing meanwhile.
      detached: groups,
      env: { ...env, [mark]: `${env[mark] ?? ''}${this.#mark}` },
    });
  }

  /** Resolves to its exit code: 128 + n for signal n, 127 when it cannot be started. */
  get code() {
    return new Promise((done) => {
      this.#child.on('error', (error) => {
        process.stderr.write(`partyline: cannot run ${this.#child.spawnfile}: ${error.message}\n`);
        done(127);
      });
      this.#child.on('exit', (code, signal) => done(code ?? codeOf(signal)));
    });
  }

  /** Tells all of it. */
  signal(signal) {
    if (this.#child.pid === undefined) return;
    if (!groups) {
      this.#child.kill(signal);
      return;
    }
    for (const target of [-this.#child.pid, ...this.#living()]) {
      try {
        process.kill(target, signal);
      } catch {
        // It is over.
      }
    }
  }

  /** Whether anything of it is there. */
  get lives() {
    if (this.#child.pid === undefined || !groups) return false;
    if (process.platform === 'linux') return this.#living().length > 0;
    try {
      process.kill(-this.#child.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** Waits until nothing of it is there, `limitMs` at most; whether that is so. */
  async gone(limitMs) {
    for (const end = performance.now() + limitMs; this.lives; ) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  /** Process ids of what is in its group or has its mark, whoever is its parent now, and is not over (Linux). */
  #living() {
    if (process.platform !== 'linux') return [];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
          // Behind the name, which may have anything in it: its state, its parent, its group.
          const [state, , group] = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
          if (state === 'Z' || state === 'X') return false;
          return (
            Number(group) === this.#child.pid || readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.#mark)
          );
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** In words: what of it is there. */
  get left() {
    return this.#living().map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').join(' ').trim().slice(0, 200)}`;
      } catch {
        return `${pid}`;
      }
    });
  }
}

/** Listens for being asked to end, and tells the step that runs; from before the first until after the last. */
class Ending {
  /** The signal that asked first; null: nobody has. */
  asked = null;
  #askedAt = 0;
  #step = null;
  #force;
  #watch;
  #listeners = askedBy.map((signal) => [signal, () => this.#ask(signal)]);

  constructor() {
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
    // npm killed the hard way passes nothing on; what it started must not stay behind holding ports.
    const parent = process.ppid;
    this.#watch = setInterval(() => {
      if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent)
        this.#ask('SIGTERM', { again: false });
    }, 1000);
  }

  /** Runs one; resolves to its exit code when nothing of it is there any more. */
  async run(command, env, name) {
    const step = new Step(command, env);
    this.#step = step;
    const limit = setTimeout(() => {
      process.stderr.write(`partyline: ${name} has not ended in ${longestStepMs / 60_000} minutes; it is ended\n`);
      this.#end('SIGTERM');
    }, longestStepMs);
    const code = await step.code;
    clearTimeout(limit);
    if (!(await step.gone(goodbyesMs))) {
      if (this.asked === null)
        process.stderr.write(`left behind by ${name}, and ended:\n  ${step.left.join('\n  ')}\n`);
      step.signal('SIGKILL');
      await step.gone(goodbyesMs);
    }
    clearTimeout(this.#force);
    this.#force = undefined;
    this.#step = null;
    return code;
  }

  close() {
    clearInterval(this.#watch);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #ask(signal, { again = true } = {}) {
    if (this.asked === null) {
      this.asked = signal;
      this.#askedAt = performance.now();
      this.#end(signal);
    } else if (again && performance.now() - this.#askedAt > onceMs) {
      // Asked a second time: there is no time for goodbyes.
      this.#step?.signal('SIGKILL');
    }
  }

  #end(signal) {
    const step = this.#step;
    step?.signal(signal);
    this.#force ??= setTimeout(() => step?.signal('SIGKILL'), goodbyesMs);
  }
}

/**
 * Runs every named step even when one fails, says how each went and what the machine was like meanwhile, and resolves
 * to 0 or the first failure's exit code. Who is asked to end (Ctrl-C, SIGTERM, SIGHUP) begins no other step, leaves
 * nothing running, and has failed: 128 + n for signal n, whatever the step has made of it. That the machine was too
 * slow is said and changes nothing else: what failed has failed.
 */
export async function stepsInOrder(steps) {
  const ending = new Ending();
  const before = await paceFor(1000);
  const lines = [`       the machine before: ${paceInWords(before)}`];
  let slow = tooSlow(before, { idle: true });
  let result = 0;
  for (const [name, command, { judgesTime = false, env = process.env } = {}] of steps) {
    if (ending.asked !== null) break;
    process.stderr.write(`\n== ${name}\n`);
    const started = performance.now();
    const endPace = watchPace();
    const code = await ending.run(command, env, name);
    const pace = endPace();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (ending.asked !== null) {
      lines.push(`ENDED  ${name} (${seconds} s, ${ending.asked})`);
      break;
    }
    lines.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (judgesTime) {
      lines.push(`       the machine meanwhile: ${paceInWords(pace)}`);
      slow ||= tooSlow(pace);
    }
    if (code !== 0 && result === 0) result = code;
    if (code >= 128) break;
  }
  ending.close();
  if (ending.asked !== null) result ||= codeOf(ending.asked);
  if (slow) {
    lines.push(
      'TOO SLOW this machine is too busy with other things, or too slow, to judge sound and time: what failed there may be its fault.',
      '         Nothing was judged less strictly for that. Run it again when nothing else runs.',
    );
  }
  process.stderr.write(`\n${lines.join('\n')}\n`);
  return result;
}
