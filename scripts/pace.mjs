// How much of the machine the tests had: sound and promises of time cannot be judged where others use the processors.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const resolutionMs = 10;
const betweenSamplesMs = 1000;
const sampleMs = 15;

/** From here on sound and latency say more about the machine than about the product. */
const limits = { lateMs: 25, slowdown: 2, stolen: 0.1 };

/** Ticks that a hypervisor gave to others, and all; zeros where the system does not say. */
function ticks() {
  try {
    const [, ...numbers] = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].trim().split(/\s+/).map(Number);
    return { stolen: numbers[7] ?? 0, all: numbers.slice(0, 8).reduce((sum, one) => sum + one, 0) };
  } catch {
    return { stolen: 0, all: 0 };
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
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    return {
      lateMs: delay.count > 0 ? late(delay.percentile(99)) : 0,
      latestMs: delay.count > 0 ? late(delay.max) : 0,
      slowdown: slowdowns.reduce((sum, one) => sum + one, 0) / slowdowns.length,
      stolen: after.all > before.all ? (after.stolen - before.stolen) / (after.all - before.all) : 0,
    };
  };
}

/** The figures over a time in which nothing of ours runs. */
export async function paceFor(ms) {
  const end = watchPace();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return end();
}

export function tooSlow({ lateMs, slowdown, stolen }) {
  return lateMs > limits.lateMs || slowdown > limits.slowdown || stolen > limits.stolen;
}

export function paceInWords({ lateMs, latestMs, slowdown, stolen }) {
  const late = `timers ${lateMs.toFixed(0)} ms late in one of 100, ${latestMs.toFixed(0)} ms at most`;
  const given = stolen > 0.005 ? `; ${(100 * stolen).toFixed(0)} % of the time was given to other machines` : '';
  return `${late}; work took ${slowdown.toFixed(1)} times its processor time${given}`;
}
