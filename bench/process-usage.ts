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

/** The threads of a process, as the system counts them; the first has the number of the process. */
export function threadsOf(pid: number): number[] {
  return unlessGone(() => readdirSync(`/proc/${pid}/task`).map(Number), []);
}

/** The processes that `pid` started, from any of its threads, and that still run. */
export function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => {
    const children = (): string => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim();
    const text = unlessGone(children, '');
    return text === '' ? [] : text.split(' ').map(Number);
  });
}

/** A process, those it has started, those they have, and so on. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** CPU seconds of all threads of a process and of its family, to the microsecond. */
export function familySeconds(pid: number): number {
  const [own, ...others] = familyOf(pid);
  return others.reduce((sum, one) => sum + unlessGone(() => threadSeconds(one).all, 0), threadSeconds(own!).all);
}

/** Resident memory of a process and of its family in MB; what they share is counted for each. */
export function familyMb(pid: number): number {
  return familyOf(pid).reduce((sum, one) => sum + unlessGone(() => residentMb(one), 0), 0);
}

/** Of a process that may end at any moment. */
function unlessGone<Value>(look: () => Value, none: Value): Value {
  try {
    return look();
  } catch {
    return none;
  }
}
