import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of a process; elsewhere nothing is known. */
export interface ProcessState {
  /** By a signal or a debugger: it will not go on by itself. */
  readonly stopped: boolean;
  /** Of a processor, since it began. */
  readonly cpuMs: number;
}

/** Ticks of 10 ms on every Linux that Node.js runs on. */
const tickMs = 10;

export function stateOf(pid: number): ProcessState | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which may have anything in it: state, then numbers; utime and stime are fields 14 and 15 of the
    // line.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { stopped: /^[Tt]$/.test(fields[0] ?? ''), cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs };
  } catch {
    return null;
  }
}

/**
 * How much a look that found no answer says (0 to 1): everything of a process that is stopped or had the processor
 * meanwhile, little of one that the machine did not let run.
 */
export function weightOfSilence(before: ProcessState | null, now: ProcessState | null, overMs: number): number {
  if (now === null || before === null || now.stopped) return 1;
  return now.cpuMs - before.cpuMs > overMs / 3 ? 1 : 0.2;
}

/**
 * Kills the process that was started as `program` with this `--socket` (Linux; elsewhere it has to be found by hand).
 */
export function killOwner(program: string, socket: string): void {
  let pids: string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {} // No Linux.
  for (const pid of pids) {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (args.includes(program) && args[args.indexOf('--socket') + 1] === socket) process.kill(Number(pid), 'SIGKILL');
    } catch {} // It has ended, or is somebody else's.
  }
}
