// How much of the machine the tests had: sound and promises of time cannot be judged where others use the processors.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const resolutionMs = 10;
const betweenSamplesMs = 1000;
const sampleMs = 15;

/**
 * From here on sound and latency say more about the machine than about the product. `idle` is for when nothing of ours runs: a quiet
 * two-core machine has timers 1 ms late then, and work takes 1.0 times its processor time. Our own tests fill it: meanwhile timers are
 * 12 to 32 ms late there and work takes 1.7 to 3.6 times. So what is more than idle counts only where others took a good part of the
 * processors as well; what is far beyond it (`busy`) counts whoever took them. Beside `stress-ng --cpu 4` others have 60 % and more; with
 * twenty programs running on two cores timers were 250 to 380 ms late, and work took 17 to 23 times.
 */
const limits = {
  idle: { lateMs: 25, slowdown: 2 },
  busy: { lateMs: 100, slowdown: 8 },
  stolen: 0.1,
  others: 0.25,
};

const numbersOf = (text) => text.trim().split(/\s+/).map(Number);
const sumOf = (numbers) => numbers.reduce((sum, one) => sum + one, 0);

/**
 * Ticks of all processors: those that a hypervisor gave to others, those in which anything ran, and all; and those of this program and
 * what it started and saw end. Zeros where the system does not say.
 */
function ticks() {
  try {
    const [, ...rest] = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/\s+/);
    const numbers = rest.slice(0, 8).map(Number);
    const [, , , idle = 0, waiting = 0, , , stolen = 0] = numbers;
    const own = readFileSync('/proc/self/stat', 'latin1');
    // Behind the name, which may have anything in it: utime, stime, cutime and cstime are fields 14 to 17 of the line.
    const ours = sumOf(numbersOf(own.slice(own.lastIndexOf(') ') + 4)).slice(10, 14));
    const all = sumOf(numbers);
    return { stolen, used: all - idle - waiting - stolen, all, ours };
  } catch {
    return { stolen: 0, used: 0, all: 0, ours: 0 };
  }
}

/** Wall time over processor time of a little work. */
function slowdownNow() {
  // Of this thread alone, where that can be asked: others of the process work beside it.
  const usage = process.threadCpuUsage ?? process.cpuUsage;
  const [wall, cpu] = [performance.now(), usage()];
  let spent = 0;
  // The clock of processor time is coarse on some systems; the wall bounds it.
  while (spent < sampleMs && performance.now() - wall < 100 * sampleMs) {
    for (let i = 0, x = 0; i < 20_000; i++) x = (x * 31 + i) | 0;
    const { user, system } = usage(cpu);
    spent = (user + system) / 1000;
  }
  return (performance.now() - wall) / Math.max(spent, 1);
}

/** Measures until the returned function is called, which gives the figures. */
export function watchPace() {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const before = ticks();
  const slowdowns = [];
  const sample = () => {
    // What it takes itself is not lateness.
    delay.disable();
    slowdowns.push(slowdownNow());
    delay.enable();
  };
  sample();
  const timer = setInterval(sample, betweenSamplesMs);
  return () => {
    clearInterval(timer);
    delay.disable();
    const after = ticks();
    const passed = (what) => after[what] - before[what];
    const shareOf = (part) => (passed('all') > 0 ? Math.max(0, part / passed('all')) : 0);
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    return {
      lateMs: delay.count > 0 ? late(delay.percentile(99)) : 0,
      latestMs: delay.count > 0 ? late(delay.max) : 0,
      slowdown: slowdowns.reduce((sum, one) => sum + one, 0) / slowdowns.length,
      stolen: shareOf(passed('stolen')),
      others: shareOf(passed('used') - passed('ours')),
    };
  };
}

/** The figures over a time in which nothing of ours runs. */
export async function paceFor(ms) {
  const end = watchPace();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return end();
}

/** Whether these are figures to judge by; `idle`: nothing of ours ran meanwhile. */
export function tooSlow({ lateMs, slowdown, stolen, others }, { idle = false } = {}) {
  const beyond = (limit) => lateMs > limit.lateMs || slowdown > limit.slowdown;
  if (stolen > limits.stolen || beyond(limits.busy)) return true;
  return beyond(limits.idle) && (idle || others > limits.others);
}

export function paceInWords({ lateMs, latestMs, slowdown, stolen, others }) {
  const late = `timers ${lateMs.toFixed(0)} ms late in one of 100, ${latestMs.toFixed(0)} ms at most`;
  const percent = (share) => (100 * share).toFixed(0);
  const taken = others > 0.005 ? `; other programs had ${percent(others)} % of the processors` : '';
  const given = stolen > 0.005 ? `; ${percent(stolen)} % of the time was given to other machines` : '';
  return `${late}; work took ${slowdown.toFixed(1)} times its processor time${taken}${given}`;
}
