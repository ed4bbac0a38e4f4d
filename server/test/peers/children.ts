import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { onPath } from './on-path.ts';

/**
 * Programs that tests start. They end with the test file, whatever ends that one: a failed set-up, a limit that passed,
 * kill -9. A file whose tests are over with a program of theirs still running is a failed one.
 */

const living = new Set<ChildProcess>();

/** Linux ends a program with the one that started it (prctl PR_SET_PDEATHSIG), even when that was killed. */
const tied = onPath('setpriv') && process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];

process.on('exit', () => {
  for (const child of living) {
    process.stderr.write(`left behind by the tests of ${process.argv[1]}: ${child.spawnargs.join(' ')}\n`);
    child.kill('SIGKILL');
    process.exitCode ||= 1;
  }
});

/** As `spawn`. The process id is the program's own. */
export function startChild(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const [first = program, ...rest] = [...tied, program, ...args];
  const child = spawn(first, rest, options);
  if (child.pid !== undefined) living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

/**
 * For who starts programs by itself: `file`, made here, is that program, and ends with this process as the others do.
 */
export function tiedProgram(program: string, file: string): string {
  writeFileSync(file, `#!/bin/sh\nexec ${[...tied, program].join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

/** Ends it if it is still there: asks first, and makes sure after `patienceMs`. Resolves when it is gone. */
export async function endChild(child: ChildProcess, patienceMs = 10_000): Promise<void> {
  if (!living.has(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** Whether a process has its own way with a signal by now (Linux). */
export function catches(pid: number, signal: NodeJS.Signals): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** Process ids of what a process has started and is not over (Linux). */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/**
 * How long a process was kept waiting for a processor so far, in ms: the time of its threads in the run queue, as one
 * waits for what another does (Linux; else 0).
 */
export function keptWaitingMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return 0;
  let sum = 0;
  for (const thread of readdirSync(folder)) {
    try {
      sum += Number(readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
    } catch {
      // It is over.
    }
  }
  return sum;
}

/** Resident memory of processes in bytes, what they share counted once: the binary that all run, and its libraries. */
export function residentTogether(pids: readonly number[]): number {
  const all = pids.map((pid) => {
    const rows = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1').matchAll(/^(\w+): +(\d+) kB$/gm);
    return new Map([...rows].map(([, name, kb]) => [name, Number(kb) * 1024]));
  });
  const shared = all.map((rows) => (rows.get('Shared_Clean') ?? 0) + (rows.get('Shared_Dirty') ?? 0));
  return all.reduce((sum, rows) => sum + (rows.get('Rss') ?? 0), 0) - Math.min(...shared) * (all.length - 1);
}
