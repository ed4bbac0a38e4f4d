import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from './clock.ts';

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

/** How often a process that has not answered is looked at. */
const lookEveryMs = 500;

/**
 * Calls `lost` once the process has been silent for `mostMs` of a machine that let it run: what it was kept from the
 * processors counts for little (at most five times `mostMs` pass). The returned function ends the wait; it may be
 * called again.
 */
export function afterSilence(
  clock: Clock,
  { pid, mostMs, look = stateOf }: { pid: number; mostMs: number; look?: typeof stateOf },
  lost: () => void,
): () => void {
  let silentMs = 0;
  let before = look(pid);
  const next = () =>
    clock.setTimer(lookEveryMs, () => {
      const now = look(pid);
      silentMs += weightOfSilence(before, now, lookEveryMs) * lookEveryMs;
      before = now;
      if (silentMs >= mostMs) lost();
      else timer = next();
    });
  let timer = next();
  return () => timer.cancel();
}

/**
 * Process ids of those that were started as `program` with this `--socket` (Linux; elsewhere they have to be found by
 * hand).
 */
export function ownersOf(program: string, socket: string): number[] {
  let pids: string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {} // No Linux.
  const owns = (pid: string) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args.includes(program) && args[args.indexOf('--socket') + 1] === socket;
    } catch {
      return false; // It has ended, or is somebody else's.
    }
  };
  return pids.filter(owns).map(Number);
}

/** Kills whoever is left of `ownersOf`. */
export function killOwners(program: string, socket: string): void {
  for (const pid of ownersOf(program, socket)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // It has ended, or is somebody else's.
  }
}
