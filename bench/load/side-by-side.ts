import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Say } from '../figure.ts';
import { familyMb, familyOf, familySeconds, threadsOf } from '../process-usage.ts';
import type { Mixer } from './engines.ts';

/** Before that compilers are at work, and everything costs more. */
const warmUpMs = 15_000;
const windowMs = 2000;
const windows = 6;
/** Shares of the packets: what may be lost, and sent late by the phones, in a window that counts. */
const mostLost = 0.001;
const mostLate = 0.01;
/** Engines alike, and the phones before them: who measures must be on time. */
const enginePriority = -7;
const phonePriority = -14;

export interface Load {
  readonly legs: number;
  readonly talkers: number;
}

/** Who talks and listens by one engine, in a process of its own. */
export interface Crowd {
  readonly pid: number;
  /** Since it was last asked. */
  heard(): Promise<Heard>;
  close(): Promise<void>;
}

/** Has so many legs of it in calls. */
export type Gather<M extends Mixer> = (engine: M) => Promise<Crowd>;

export interface SideBySide {
  readonly engines: readonly {
    /** Share of a core in each window that counts. */
    readonly cores: readonly number[];
    /** Delivered packets of those that should have been, in windows without late phones; NaN without such. */
    readonly delivered: number;
    /** Over 10 ms late, after the warm-up; NaN where it does not say. */
    readonly lateTicks: number;
    readonly memoryMb: number;
  }[];
  readonly windows: number;
  /** Those in which phones were late; they do not count. Nor do those in which an engine lost sound. */
  readonly lateWindows: number;
  /** What all phones together took of a core. */
  readonly phones: number;
}

/** What phones say of the time since they were last asked, in packets. */
export interface Heard {
  readonly sent: number;
  /** What was to be received. */
  readonly due: number;
  readonly received: number;
  readonly missing: number;
  readonly loud: number;
  readonly late: number;
}

export function heardIn(line: string): Heard {
  const [sent = 0, received = 0, missing = 0, loud = 0, late = 0] = line.split(' ').map(Number);
  return { sent, due: sent, received, missing, loud, late };
}

/** Whether the phones were so late that what was measured says nothing. */
export function tooLate({ sent, late }: { readonly sent: number; readonly late: number }): boolean {
  return late > mostLate * sent;
}

export function aheadOfAll(pid: number): void {
  ahead(pid, phonePriority);
}

/** Of each thread, as on Linux each has a priority of its own; threads that come later have that of who starts them. */
function ahead(pid: number, priority: number): void {
  for (const thread of familyOf(pid).flatMap(threadsOf)) {
    try {
      setPriority(thread, priority);
    } catch {
      // Not root, and then none of them is ahead; or the thread has just ended.
    }
  }
}

/** The same load on each engine at the same time: a crowd for each, in phases of their own. */
export async function sideBySide<M extends Mixer>(
  engines: readonly M[],
  gather: Gather<M>,
  { legs, talkers }: Load,
  say: Say,
): Promise<SideBySide> {
  const crowds: Crowd[] = [];
  try {
    for (const engine of engines) {
      ahead(engine.pid, enginePriority);
      const crowd = await gather(engine);
      aheadOfAll(crowd.pid);
      crowds.push(crowd);
    }
    say(`${engines.map(({ name }) => name).join(', ')}: ${legs} legs each, warming up`);
    await pause(warmUpMs);
    return await inWindows(engines, crowds, talkers > 0, say);
  } finally {
    await Promise.all([...crowds, ...engines].map((one) => one.close()));
  }
}

async function inWindows(
  engines: readonly Mixer[],
  crowds: readonly Crowd[],
  withSound: boolean,
  say: Say,
): Promise<SideBySide> {
  const cores: number[][] = engines.map(() => []);
  const sums = engines.map(() => ({ received: 0, expected: 0, loud: 0 }));
  const used = (pids: readonly { readonly pid: number }[]) => pids.map(({ pid }) => familySeconds(pid));
  const lateTicks = () => Promise.all(engines.map((engine) => engine.lateTicks?.() ?? Number.NaN));
  let lateWindows = 0;
  await Promise.all(crowds.map((crowd) => crowd.heard()));
  const lateBefore = await lateTicks();
  const phonesBefore = used(crowds);
  const first = performance.now();
  let before = used(engines);
  let begin = performance.now();
  for (let window = 0; window < windows; window++) {
    await pause(windowMs);
    const after = used(engines);
    const seconds = (performance.now() - begin) / 1000;
    begin = performance.now();
    const heard = await Promise.all(crowds.map((crowd) => crowd.heard()));
    const late = heard.some(tooLate);
    if (late) {
      lateWindows++;
      const worst = Math.max(...heard.map((one) => one.late / Math.max(1, one.sent)));
      say(`window ${window + 1}: the phones sent ${(100 * worst).toFixed(1)} % late, it does not count`);
    }
    const lost = heard.map((one) => one.missing > mostLost * one.received || one.received < 0.95 * one.due);
    for (const [i, one] of heard.entries()) {
      const sum = sums[i]!;
      if (!late) {
        sum.received += one.received;
        sum.expected += one.received + one.missing;
        sum.loud += one.loud;
      }
      if (lost[i] && !late)
        say(`window ${window + 1}: ${engines[i]!.name} lost ${one.missing}, gave ${one.received} for ${one.due}`);
      // A window counts for all or for none, so that ratios are of the same moments.
      if (!late && !lost.includes(true)) cores[i]!.push((after[i]! - before[i]!) / seconds);
    }
    before = after;
  }
  const all = (performance.now() - first) / 1000;
  const delivered = sums.map(({ received, expected, loud }) => {
    if (expected === 0) return lateWindows < windows ? 0 : Number.NaN;
    // Packets without sound are not what was to be delivered.
    return withSound && loud < 0.3 * received ? 0 : received / expected;
  });
  const lateAfter = await lateTicks();
  return {
    engines: engines.map(({ pid }, i) => ({
      cores: cores[i]!,
      delivered: delivered[i]!,
      lateTicks: lateAfter[i]! - lateBefore[i]!,
      memoryMb: familyMb(pid),
    })),
    windows,
    lateWindows,
    phones: used(crowds).reduce((sum, now, i) => sum + (now - phonesBefore[i]!) / all, 0),
  };
}
