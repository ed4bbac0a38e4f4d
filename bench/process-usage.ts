import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds a process has used so far, user and system, by /proc (10 ms steps). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * CPU seconds of a process and of its first thread alone, which is where JavaScript of the main thread runs, to the
 * microsecond.
 */
export function threadSeconds(pid: number): { readonly all: number; readonly main: number } {
  const of = (thread: string): number => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1e9;
    } catch {
      // It has just ended.
      return 0;
    }
  };
  return { all: readdirSync(`/proc/${pid}/task`).reduce((sum, one) => sum + of(one), 0), main: of(String(pid)) };
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kb ?? 0) / 1024;
}

/** Open file descriptors, sockets among them. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The processes that `pid` started and that still run. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
