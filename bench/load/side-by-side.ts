import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { threadSeconds } from '../process-usage.ts';
import { CProgram } from './c-program.ts';
import type { Engine } from './engines.ts';

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

export interface SideBySide {
  /** Share of a core in each window that counts, by engine. */
  readonly cores: readonly (readonly number[])[];
  /** Delivered packets of those that should have been, all windows, by engine. */
  readonly delivered: readonly number[];
  /** Windows in which an engine lost sound, or the phones were late; they do not count. */
  readonly lossy: readonly number[];
  readonly lateWindows: number;
}

/** What phones say of the time since they were last asked, in packets. */
export interface Heard {
  readonly sent: number;
  readonly received: number;
  readonly missing: number;
  readonly loud: number;
  readonly late: number;
}

export function heardIn(line: string): Heard {
  const [sent = 0, received = 0, missing = 0, loud = 0, late = 0] = line.split(' ').map(Number);
  return { sent, received, missing, loud, late };
}

function ahead(pid: number, priority: number): void {
  try {
    setPriority(pid, priority);
  } catch {
    // Not root: then none of them is ahead.
  }
}

/** The same load on each engine at the same time: so many phones, each engine its own, in phases of their own. */
export async function sideBySide(
  phones: string,
  engines: readonly Engine[],
  load: { readonly legs: number; readonly perRoom: number; readonly talkers: number },
  say: (line: string) => void,
): Promise<SideBySide> {
  const { legs, perRoom, talkers } = load;
  const crowds: CProgram[] = [];
  try {
    for (const engine of engines) {
      const crowd = await CProgram.start(phones, [legs]);
      ahead(engine.pid, enginePriority);
      ahead(crowd.pid, phonePriority);
      crowds.push(crowd);
      const ports = await engine.seat(crowd.ports, perRoom);
      await crowd.ask(`start ${perRoom} ${talkers} ${ports.join(' ')}`);
    }
    say(`${engines.map(({ name }) => name).join(', ')}: ${legs} legs each, warming up`);
    await pause(warmUpMs);
    const cores: number[][] = engines.map(() => []);
    const sums = engines.map(() => ({ received: 0, expected: 0, loud: 0 }));
    const lossy = engines.map(() => 0);
    let lateWindows = 0;
    await Promise.all(crowds.map((crowd) => crowd.ask('report')));
    let before = engines.map(({ pid }) => threadSeconds(pid).all);
    let begin = performance.now();
    for (let window = 0; window < windows; window++) {
      await pause(windowMs);
      const after = engines.map(({ pid }) => threadSeconds(pid).all);
      const seconds = (performance.now() - begin) / 1000;
      begin = performance.now();
      const heard = (await Promise.all(crowds.map((crowd) => crowd.ask('report')))).map(heardIn);
      const late = heard.some((one) => one.late > mostLate * one.sent);
      if (late) lateWindows++;
      const lost = heard.map((one) => one.missing > mostLost * one.received || one.received < 0.95 * one.sent);
      for (const [i, one] of heard.entries()) {
        const sum = sums[i]!;
        sum.received += one.received;
        sum.expected += one.received + one.missing;
        sum.loud += one.loud;
        if (lost[i]) lossy[i] = lossy[i]! + 1;
        // A window counts for all or for none, so that ratios are of the same moments.
        if (!late && !lost.includes(true)) cores[i]!.push((after[i]! - before[i]!) / seconds);
      }
      before = after;
    }
    const delivered = sums.map(({ received, expected, loud }) =>
      // Packets without sound are not what was to be delivered.
      expected === 0 || (talkers > 0 && loud < 0.3 * received) ? 0 : received / expected,
    );
    return { cores, delivered, lossy, lateWindows };
  } finally {
    for (const crowd of crowds) crowd.close();
    await Promise.all(engines.map((engine) => engine.close()));
  }
}
